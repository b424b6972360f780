package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const root = "../.."

// TestGeneratedCodeIsFresh fails on a new, changed or missing file below gen/.
func TestGeneratedCodeIsFresh(t *testing.T) {
	want, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(want) != len(targets)+1 {
		t.Fatalf("%d files generated, want one for each of %d packages and one for typescript", len(want), len(targets))
	}
	got, err := generated(root)
	if err != nil {
		t.Fatal(err)
	}
	_, known, err := staleTypescript(root)
	if err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(got, func(path string, _ []byte) bool { return known[path] })
	for _, stale := range stale(want, got) {
		t.Errorf("%s; run `go generate ./...` and commit gen/", stale)
	}
}

func TestTypescriptIsFresh(t *testing.T) {
	changed, _, err := staleTypescript(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, stale := range changed {
		t.Errorf("%s; run `make typescript` and commit gen/", stale)
	}
}

// TestFreshnessOfTypescriptNeedsNoNode: a contract that moved on, types that somebody edited and files that nobody wrote
// are seen.
func TestFreshnessOfTypescriptNeedsNoNode(t *testing.T) {
	for _, row := range []struct {
		file, says string
	}{
		{"openapi/openapi.yaml", "openapi/openapi.yaml changed since gen/typescript was written"},
		{"gen/typescript/cde.d.ts", "gen/typescript/cde.d.ts changed since gen/typescript was written"},
		{"gen/typescript/operations.json", "gen/typescript/operations.json changed since gen/typescript was written"},
		{"gen/api/stray.yaml", ""},
		{"gen/typescript/stray.d.ts", ""},
	} {
		t.Run(row.file, func(t *testing.T) {
			copied := t.TempDir()
			if err := os.CopyFS(filepath.Join(copied, "gen"), os.DirFS(filepath.Join(root, "gen"))); err != nil {
				t.Fatal(err)
			}
			contract, err := os.ReadFile(filepath.Join(root, "openapi", "openapi.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			if err := write(filepath.Join(copied, "openapi", "openapi.yaml"), contract); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(copied, row.file)
			content, err := os.ReadFile(path)
			if err != nil && row.says != "" {
				t.Fatal(err)
			}
			if err := write(path, append(content, '\n')); err != nil {
				t.Fatal(err)
			}
			changed, known, err := staleTypescript(copied)
			if err != nil {
				t.Fatal(err)
			}
			if row.says != "" {
				if diff := cmp.Diff([]string{row.says}, changed); diff != "" {
					t.Error(diff)
				}
				return
			}
			got, err := generated(copied)
			if err != nil {
				t.Fatal(err)
			}
			if got[row.file] == nil || known[row.file] {
				t.Error("a file that nobody wrote is not seen")
			}
		})
	}
}

func TestGenerationIsDeterministic(t *testing.T) {
	first, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	second, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error(diff)
	}
}

func TestStaleNamesNewChangedAndMissingFiles(t *testing.T) {
	want := map[string][]byte{"same": []byte("a"), "changed": []byte("b"), "missing": []byte("c")}
	got := map[string][]byte{"same": []byte("a"), "changed": []byte("B"), "new": []byte("d")}
	if diff := cmp.Diff([]string{"changed: not what the contract says", "missing: missing", "new: not from the contract"},
		stale(want, got)); diff != "" {
		t.Error(diff)
	}
}

// TestRunBringsGenUpToDate drives the program as go generate does, over a copy of its input.
func TestRunBringsGenUpToDate(t *testing.T) {
	copied := input(t)
	if err := os.CopyFS(filepath.Join(copied, "gen", "typescript"), os.DirFS(filepath.Join(root, "gen", "typescript"))); err != nil {
		t.Fatal(err)
	}
	for _, orphan := range []string{"old/old.gen.go", "api/stray.yaml"} {
		if err := write(filepath.Join(copied, "gen", orphan), []byte("package old\n")); err != nil {
			t.Fatal(err)
		}
	}
	if err := run([]string{copied}); err != nil {
		t.Fatal(err)
	}
	got, err := generated(copied)
	if err != nil {
		t.Fatal(err)
	}
	want, err := generated(root)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOverlayThatMissesItsTargetIsRefused(t *testing.T) {
	copied := input(t)
	edit(t, filepath.Join(copied, "openapi", "go.overlay.yaml"), "schemas.Scalar", "schemas.Gone")
	if _, err := generate(copied); err == nil || !strings.Contains(err.Error(), "schemas.Gone") {
		t.Errorf("error %v, want one that names the target", err)
	}
}

// input returns a folder with a copy of what the generator reads.
func input(t *testing.T) string {
	t.Helper()
	copied := t.TempDir()
	for _, name := range []string{"openapi.yaml", "go.overlay.yaml"} {
		content, err := os.ReadFile(filepath.Join(root, "openapi", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := write(filepath.Join(copied, "openapi", name), content); err != nil {
			t.Fatal(err)
		}
	}
	return copied
}

// edit replaces the first old in a file.
func edit(t *testing.T, path, old, replacement string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(content), old) {
		t.Fatalf("%s has no %q", path, old)
	}
	if err := write(path, []byte(strings.Replace(string(content), old, replacement, 1))); err != nil {
		t.Fatal(err)
	}
}

// stale says of each path in which want and got differ how they do, in order.
func stale(want, got map[string][]byte) []string {
	var differences []string
	for path, content := range want {
		present, ok := got[path]
		switch {
		case !ok:
			differences = append(differences, path+": missing")
		case !slices.Equal(present, content):
			differences = append(differences, path+": not what the contract says")
		}
	}
	for path := range maps.Keys(got) {
		if _, ok := want[path]; !ok {
			differences = append(differences, path+": not from the contract")
		}
	}
	slices.Sort(differences)
	return differences
}

// TestOtherContractsGetTheGeneratorsOwnServer: what our templates cannot write is written all the same.
func TestOtherContractsGetTheGeneratorsOwnServer(t *testing.T) {
	const parameter = "        - $ref: '#/components/parameters/PublicId'\n"
	files, err := generate(edited(t, parameter, parameter+"        - {name: dry, in: query, description: x, schema: {type: boolean}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if server := string(files["gen/apiserver/apiserver.gen.go"]); !strings.Contains(server, "BindQueryParameter") {
		t.Error("the query parameter is not read")
	}
}
