// Command generate writes gen/ from openapi/openapi.yaml: wire types, echo routes with the strict interface, and the
// typed client. It takes the module's root as its one argument; go:generate calls it.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// run brings gen/ in root to what the contract says, removing files that it does not ask for, those of client/typescript aside.
func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("want the module's root as the one argument, got %d", len(args))
	}
	root := args[0]
	files, err := generate(root)
	if err != nil {
		return err
	}
	present, err := generated(root)
	if err != nil {
		return err
	}
	for path := range present {
		if _, ok := files[path]; !ok && !byTypescript(path) {
			if err := os.Remove(filepath.Join(root, path)); err != nil {
				return err
			}
		}
	}
	for path, content := range files {
		if slices.Equal(present[path], content) {
			continue
		}
		if err := write(filepath.Join(root, path), content); err != nil {
			return err
		}
	}
	return nil
}

func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
