package client_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readmeProgram is the program that README shows, as it stands there but for the address.
func readmeProgram(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, program, _ := strings.Cut(string(readme), "```go\n")
	program, _, ok := strings.Cut(program, "```")
	if !ok || !strings.Contains(program, "http://127.0.0.1:8080") {
		t.Fatal("README has no Go program that calls http://127.0.0.1:8080")
	}
	return strings.Replace(program, "http://127.0.0.1:8080", baseURL, 1)
}

// TestStrangersModule builds README's program in a module of its own, which knows this package only and has no network,
// runs it against the server, and counts what it links.
func TestStrangersModule(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"main.go": readmeProgram(t),
		"go.sum":  string(sums),
		"go.mod": "module stranger.example/program\n\ngo 1.26.0\n\nrequire github.com/productsupcom/cde v0.0.0\n\n" +
			"replace github.com/productsupcom/cde => " + root + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) string {
		t.Helper()
		command := exec.CommandContext(t.Context(), "go", args...)
		command.Dir = dir
		command.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off", "GOTOOLCHAIN=local", "CDE_TOKEN="+ownerToken)
		var out, complaint strings.Builder
		command.Stdout, command.Stderr = &out, &complaint
		if err := command.Run(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, complaint.String())
		}
		return strings.TrimSpace(out.String())
	}
	if out := run("run", "."); out != "kohler.org is updating\nomdb runs its old executable again" {
		t.Errorf("the program printed %q", out)
	}
	linked := strings.Fields(run("list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", "."))
	slices.Sort(linked)
	linked = slices.DeleteFunc(slices.Compact(linked), func(module string) bool { return module == "github.com/productsupcom/cde" })
	want := []string{"github.com/distribution/reference", "github.com/google/uuid", "github.com/oapi-codegen/runtime", "github.com/opencontainers/go-digest"}
	if diff := cmp.Diff(want, linked); diff != "" {
		t.Errorf("third-party modules that callers link, at most 4: %s", diff)
	}
}
