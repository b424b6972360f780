package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// module copies the contract, its overlay and its releases to a new root, with one edit of the contract.
func module(t *testing.T, was, is string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(filepath.Join(root, "openapi", "released"), os.DirFS("../../released")); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"client", "client/cmd/cde", "gen/apiclient"} {
		copyGo(t, filepath.Join("../../..", folder), filepath.Join(root, folder))
	}
	for _, name := range []string{"openapi.yaml", "go.overlay.yaml"} {
		content, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "openapi.yaml" && !strings.Contains(string(content), was) {
			t.Fatalf("the contract has no %q", was)
		}
		content = []byte(strings.Replace(string(content), was, is, 1))
		if err := os.WriteFile(filepath.Join(root, "openapi", name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// copyGo copies the Go files of a folder that are no tests.
func copyGo(t *testing.T, from, to string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(from, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no Go files in %s: %v", from, err)
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		if err := os.WriteFile(filepath.Join(to, filepath.Base(file)), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCommand(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		was, is string
		args    []string
		want    error
		printed []string
	}{
		{"all checks", "", "", []string{"check"}, nil, []string{"lint: ", "overlay: ", "names: ", "breaking: ", "version: ", "client: ", " 0 findings"}},
		{"one check", "", "", []string{"check", "names"}, nil, []string{"released names, 0 findings"}},
		{"a break", "maxLength: 512", "maxLength: 256", []string{"check", "breaking"}, errRefused,
			[]string{"openapi/openapi.yaml:", "decreased to `256`", "to do: accept again", "raise info.version to 2.0.0"}},
		{"a release of a break", "maxLength: 512", "maxLength: 256", []string{"release"}, nil, nil},
		{"a release", "", "", []string{"release"}, nil, []string{"released "}},
		{"the changelog", "", "", []string{"changelog"}, nil, []string{"# Changes of the contract", "## 1.0.0"}},
		{"the changelog as a page", "", "", []string{"-html", "changelog"}, nil, []string{"<!DOCTYPE html>", "<h2>1.0.0</h2>"}},
		{"no such check", "", "", []string{"check", "spelling"}, errUsage, nil},
		{"no command", "", "", nil, errUsage, nil},
		{"an unknown flag", "", "", []string{"-x"}, errUsage, nil},
		{"releases that are not", "", "", []string{"changelog", "0.1.0", "0.2.0"}, nil, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := run(append([]string{"-root", module(t, row.was, row.is)}, row.args...), &out)
			switch {
			case row.want != nil && !errors.Is(err, row.want):
				t.Errorf("error %v, want %v", err, row.want)
			case row.want == nil && row.printed != nil && err != nil:
				t.Errorf("error %v", err)
			case row.want == nil && row.printed == nil && err == nil:
				t.Error("no error")
			}
			for _, part := range row.printed {
				if !strings.Contains(out.String(), part) {
					t.Errorf("does not print %q:\n%s", part, out.String())
				}
			}
		})
	}
}
