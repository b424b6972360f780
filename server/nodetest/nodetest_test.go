package nodetest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/productsupcom/cde/server/nodetest"
)

// recorder is a test that notes how it ended.
type recorder struct {
	testing.TB
	how, why string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatal(args ...any) { r.end("failed", args) }

func (r *recorder) Skip(args ...any) { r.end("skipped", args) }

func (r *recorder) end(how string, args []any) {
	r.how, r.why = how, fmt.Sprint(args...)
	panic(r)
}

// ended runs a test until it ends.
func ended(test func(testing.TB)) (how, why string) {
	r := &recorder{}
	defer func() {
		if got := recover(); got != nil && got != r {
			panic(got)
		}
		how, why = r.how, r.why
	}()
	test(r)
	return "", ""
}

func TestWithoutNodeATestIsSkippedAndOnABuildServerItFails(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for ci, want := range map[string]string{"": "skipped", "false": "skipped", "true": "failed"} {
		t.Setenv("CI", ci)
		how, why := ended(func(tb testing.TB) { nodetest.Install(tb, ".") })
		if how != want || !strings.Contains(why, "Node") {
			t.Errorf("CI=%q: %s with %q, want %s with the reason", ci, how, why, want)
		}
	}
}

func TestReadsFailsForAFileThatIsNotThere(t *testing.T) {
	if how, why := ended(func(tb testing.TB) { nodetest.Reads(tb, "nodetest.go", "gone.mjs") }); how != "failed" || !strings.Contains(why, "gone.mjs") {
		t.Errorf("%s with %q", how, why)
	}
}

// TestStartedProgramEndsWithItsTest starts one that only ends with its standard input.
func TestStartedProgramEndsWithItsTest(t *testing.T) {
	folder := t.TempDir()
	t.Run("program", func(t *testing.T) {
		if line := nodetest.Start(t, folder, []string{"WORD=ready"}, "sh", "-c", `echo "$WORD"; cat > got; echo over > ended`); line != "ready\n" {
			t.Errorf("first line %q", line)
		}
	})
	if content, err := os.ReadFile(filepath.Join(folder, "ended")); err != nil || string(content) != "over\n" {
		t.Errorf("after the test: %q, %v", content, err)
	}
}
