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
	for _, stale := range stale(want, got) {
		t.Errorf("%s; run `go generate ./...` and commit gen/", stale)
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
	copied := t.TempDir()
	if err := os.CopyFS(filepath.Join(copied, "openapi"), os.DirFS(filepath.Join(root, "openapi"))); err != nil {
		t.Fatal(err)
	}
	orphan := filepath.Join(copied, "gen", "old", "old.gen.go")
	if err := write(orphan, []byte("package old\n")); err != nil {
		t.Fatal(err)
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
	copied := t.TempDir()
	if err := os.CopyFS(filepath.Join(copied, "openapi"), os.DirFS(filepath.Join(root, "openapi"))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(copied, "openapi", "go.overlay.yaml")
	overlay, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	overlay = []byte(strings.Replace(string(overlay), "schemas.Scalar", "schemas.Gone", 1))
	if err := os.WriteFile(path, overlay, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := generate(copied); err == nil || !strings.Contains(err.Error(), "schemas.Gone") {
		t.Errorf("error %v, want one that names the target", err)
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
	copied := t.TempDir()
	if err := os.CopyFS(filepath.Join(copied, "openapi"), os.DirFS(filepath.Join(root, "openapi"))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(copied, "openapi", "openapi.yaml")
	contract, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const parameter = "        - $ref: '#/components/parameters/PublicId'\n"
	contract = []byte(strings.Replace(string(contract), parameter, parameter+"        - {name: dry, in: query, description: x, schema: {type: boolean}}\n", 1))
	if err := os.WriteFile(path, contract, 0o644); err != nil {
		t.Fatal(err)
	}
	files, err := generate(copied)
	if err != nil {
		t.Fatal(err)
	}
	if server := string(files["gen/apiserver/apiserver.gen.go"]); !strings.Contains(server, "BindQueryParameter") {
		t.Error("the query parameter is not read")
	}
}
