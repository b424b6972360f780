package format_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/productsupcom/cde/openapi/format"
)

// TestComposerAgrees compares the grammar with Composer itself on 200,000 constraints put together at random.
// It needs PHP and composer/semver (Debian: php-cli, php-composer-semver):
//
//	CDE_PHP=php go test ./openapi/format -run Composer
//
// With UPDATE_GOLDEN=1 it writes Composer's verdicts in testdata/constraints.jsonl anew.
func TestComposerAgrees(t *testing.T) {
	php := os.Getenv("CDE_PHP")
	if php == "" {
		t.Skip("CDE_PHP does not name a PHP with composer/semver; testdata/constraints.jsonl holds its verdicts")
	}
	if os.Getenv("UPDATE_GOLDEN") != "" {
		rewriteVerdicts(t, php)
	}
	r := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	constraints := make([]string, 200_000)
	for i := range constraints {
		constraints[i] = assemble(r)
	}
	accepted := 0
	for i, verdict := range composer(t, php, constraints) {
		if verdict {
			accepted++
		}
		if err := format.VersionConstraint(constraints[i]); (err == nil) != verdict {
			t.Errorf("%q: Composer accepts it: %v; we say %v", constraints[i], verdict, err)
		}
	}
	if accepted < 10_000 {
		t.Errorf("Composer accepted only %d: the comparison says little", accepted)
	}
}

// pieces are what constraints are made of, the odd corners more often than life has them.
var pieces = []string{
	"0", "1", "2", "12", "99999", "123456", "2026", "20261123", "1234567", "12345678901234567890123",
	".", ".", ".", " ", " ", "  ", ",", ", ", "|", "||", " || ", "-", "-", " - ", "_", "/", ":", "#", "#a", "+", "+b",
	"^", "~", "~>", "<", ">", "=", "!=", "<>", ">=", "==", "!", "v", "V", "x", "X", "*", ".x", ".x-dev",
	"dev", "dev-", "-dev", "DEV", "as", " as ", "@", "@dev", "@stable", "@RC", "@Beta",
	"alpha", "beta", "RC", "b", "a", "p", "pl", "patch", "stable", "master", "trunk", "default", "foo", "é", "(", "\\",
	"1.0", "1.2.3", "^1", "~1.2", ">=1.0", "2.0",
}

func assemble(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(7) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

// composer returns Composer's verdict on each constraint.
func composer(t *testing.T, php string, constraints []string) []bool {
	t.Helper()
	var in bytes.Buffer
	for _, c := range constraints {
		line, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(line, '\n'))
	}
	cmd := exec.CommandContext(t.Context(), php, "testdata/oracle.php")
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	answers := strings.Fields(string(out))
	if len(answers) != len(constraints) {
		t.Fatalf("%d answers to %d constraints", len(answers), len(constraints))
	}
	verdicts := make([]bool, len(answers))
	for i, a := range answers {
		verdicts[i] = a == "1"
	}
	return verdicts
}

// rewriteVerdicts asks Composer again about every row of the table.
func rewriteVerdicts(t *testing.T, php string) {
	t.Helper()
	rows := readVerdicts(t)
	constraints := make([]string, len(rows))
	for i, row := range rows {
		constraints[i] = row.Constraint
	}
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	for i, verdict := range composer(t, php, constraints) {
		if err := out.Encode(verdictRow{constraints[i], verdict}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(verdictFile, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
