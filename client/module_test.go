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

// stranger is a program of somebody else that knows this package only.
const stranger = `package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/productsupcom/cde/client"
	"github.com/productsupcom/cde/gen/api"
)

func main() {
	cde, err := client.New(client.WithBaseURL("http://127.0.0.1:1"), client.WithRetry(client.RetryPolicy{MaxAttempts: 1}))
	if err != nil {
		panic(err)
	}
	_, err = cde.UpdateContainerAPIVersion(context.Background(), "497f6eca-6276-4993-bfeb-53cbbbba6f08", client.Latest, api.ContainerAPIUpdate{VersionConstraint: "^0.20"})
	fmt.Println(errors.Is(err, client.ErrUnavailable))
	if _, err = cde.RollbackMigration(context.Background(), "..", client.Main); !errors.Is(err, client.ErrInvalidRequest) {
		os.Exit(1)
	}
}
`

// TestStrangersModule builds and runs such a program in a module of its own, without network, and counts what it links.
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
		"main.go": stranger,
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
		command.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off", "GOTOOLCHAIN=local")
		var out, complaint strings.Builder
		command.Stdout, command.Stderr = &out, &complaint
		if err := command.Run(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, complaint.String())
		}
		return strings.TrimSpace(out.String())
	}
	if out := run("run", "."); out != "true" {
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
