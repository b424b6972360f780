package check_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/openapi/check"
)

// module writes a module's openapi folder, with the contract as its one release, to a new directory.
func module(t *testing.T) (root string, contract []byte) {
	t.Helper()
	change := read(t)
	root = t.TempDir()
	put(t, root, "openapi/openapi.yaml", change.Contract)
	put(t, root, "openapi/go.overlay.yaml", change.Overlay)
	if _, err := check.Freeze(root); err != nil {
		t.Fatal(err)
	}
	return root, change.Contract
}

func put(t *testing.T, root, path string, content []byte) {
	t.Helper()
	file := filepath.Join(root, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFreezeReleasesWhatTheChecksLetPass(t *testing.T) {
	t.Parallel()
	root, contract := module(t)
	next := edit(t, contract, "maxLength: 512", "maxLength: 1024", version, moved("1.1.0"))
	put(t, root, "openapi/openapi.yaml", next)
	got, err := check.Freeze(root)
	if err != nil || got != "1.1.0" {
		t.Fatalf("%q, %v", got, err)
	}
	releases, err := check.Releases(root)
	if err != nil {
		t.Fatal(err)
	}
	want := []check.Release{{Version: "1.0.0", Contract: contract}, {Version: "1.1.0", Contract: next}}
	if diff := cmp.Diff(want, releases); diff != "" {
		t.Error(diff)
	}
	if stale, err := check.StaleChangelog(root); err != nil || len(stale) > 0 {
		t.Errorf("stale %v, %v", stale, err)
	}
	if again, err := check.Freeze(root); err != nil || again != "1.1.0" {
		t.Errorf("freezing twice: %q, %v", again, err)
	}
}

func TestFreezeRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		edits []string
		want  string
	}{
		{"a change without its version", []string{"maxLength: 512", "maxLength: 1024"}, "raise it to 1.1.0"},
		{"a break", []string{"maxLength: 512", "maxLength: 64", version, moved("1.1.0")}, "was decreased to `64`"},
		{"another contract under a released version", []string{"openapi: 3.0.3\n", "# new\nopenapi: 3.0.3\n"}, "1.0.0 was released already"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			root, contract := module(t)
			put(t, root, "openapi/openapi.yaml", edit(t, contract, row.edits...))
			if _, err := check.Freeze(root); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want one that says %q", err, row.want)
			}
			if releases, err := check.Releases(root); err != nil || len(releases) != 1 {
				t.Errorf("%d releases, %v; want the first alone", len(releases), err)
			}
		})
	}
}

func TestAReleasedContractIsNotEdited(t *testing.T) {
	t.Parallel()
	root, contract := module(t)
	put(t, root, "openapi/released/1.0.0.yaml", edit(t, contract, version, moved("1.2.0")))
	if _, err := check.Releases(root); err == nil || !strings.Contains(err.Error(), "a released contract is not edited") {
		t.Errorf("error %v", err)
	}
}

func TestChangelogIsStaleAfterAnEdit(t *testing.T) {
	t.Parallel()
	root, _ := module(t)
	put(t, root, "openapi/released/CHANGELOG.md", []byte("# mine\n"))
	stale, err := check.StaleChangelog(root)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"openapi/released/CHANGELOG.md"}, stale); diff != "" {
		t.Error(diff)
	}
}

// TestChangelog tells three releases in both forms; UPDATE_GOLDEN=1 writes them anew.
func TestChangelog(t *testing.T) {
	t.Parallel()
	first := read(t).Contract
	second := edit(t, first, append(deprecated("2026-12-01", "2027-06-01"),
		"maxLength: 512", "maxLength: 1024", "        - built\n", "        - built\n        - retired\n", version, moved("1.1.0"))...)
	third := edit(t, second, "        logo:\n          type: string\n          nullable: true\n", "",
		"        - logo\n", "", "                  logo: null\n", "", "                  logo: null\n", "",
		"operationId: updateContainerApiVersion", "operationId: setContainerApi",
		"  version: 1.1.0\n  description", "  version: 2.0.0\n  description")
	fourth := edit(t, third, "description: Update Container API version.", "description: Change the Container API.",
		"  version: 2.0.0\n  description", "  version: 2.0.1\n  description")
	md, html, err := check.Changelog([]check.Release{{"1.0.0", first}, {"1.1.0", second}, {"2.0.0", third}, {"2.0.1", fourth}})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "changelog.md", md)
	golden(t, "changelog.html", html)
	for _, forbidden := range []string{"<script", "<style", " style=", " onclick="} {
		if strings.Contains(string(html), forbidden) {
			t.Errorf("the page has %q, which a strict content security policy refuses", forbidden)
		}
	}
	between, _, err := check.Between(check.Release{Version: "1.0.0", Contract: first}, check.Release{Version: "2.0.0", Contract: third})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"## 2.0.0", "Since 1.0.0.", "data/logo", "endpoint deprecated", "setContainerApi"} {
		if !strings.Contains(string(between), part) {
			t.Errorf("between 1.0.0 and 2.0.0 nothing says %q:\n%s", part, between)
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") == "1" {
		put(t, "testdata", name, got)
	}
	want, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
