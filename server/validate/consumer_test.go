package validate_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// consumer is a program outside the repo that imports this package alone.
const consumer = `package main

import (
	"log"
	"net/http"

	"github.com/productsupcom/cde/server/validate"
)

func main() {
	v, err := validate.New([]byte("openapi: 3.0.3"))
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:0", v.Middleware(http.NotFoundHandler())))
}
`

// TestConsumerLinksNoServer builds a module outside the repo from the module cache, offline, and looks at
// what it links: no echo, no SQL, nothing else of this repo, and few modules.
func TestConsumerLinksNoServer(t *testing.T) {
	repo, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	readSources(t)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "main.go"), []byte(consumer))
	// The requirements are this repo's, so that every version is in the module cache.
	mod := read(t, filepath.Join(repo, "go.mod"))
	mod = bytes.Replace(mod, []byte("module github.com/productsupcom/cde\n"), []byte("module consumer.example/app\n"), 1)
	mod = append(mod, "\nrequire github.com/productsupcom/cde v0.0.0\nreplace github.com/productsupcom/cde => "+repo+"\n"...)
	write(t, filepath.Join(dir, "go.mod"), mod)
	write(t, filepath.Join(dir, "go.sum"), read(t, filepath.Join(repo, "go.sum")))

	imports := goCommand(t, dir, "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}} {{with .Module}}{{.Path}}{{end}}{{end}}", ".")
	modules := map[string]bool{}
	for line := range strings.Lines(imports) {
		path, module, _ := strings.Cut(strings.TrimSpace(line), " ")
		modules[module] = true
		own, isOwn := strings.CutPrefix(path, "github.com/productsupcom/cde/")
		if isOwn && own != "server/validate" || strings.Contains(path, "echo") || strings.Contains(path, "mux") || strings.Contains(path, "sql") {
			t.Errorf("links %s", path)
		}
	}
	if strings.Contains(goCommand(t, dir, "list", "-deps", "."), "database/sql") {
		t.Error("links database/sql")
	}
	if !modules["github.com/getkin/kin-openapi"] || len(modules) > 10 {
		t.Errorf("links %d modules: %v", len(modules), modules)
	}
	goCommand(t, dir, "build", "-o", filepath.Join(dir, "app"), ".")
}

// goCommand runs the go command without network and returns what it prints.
func goCommand(t *testing.T, dir string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", args, err, out)
	}
	return string(out)
}

// readSources reads this package's files, so that go test does not answer from its cache when one has changed.
func readSources(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		read(t, file)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, file string, b []byte) {
	t.Helper()
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
