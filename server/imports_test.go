package server_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const modulePath = "github.com/productsupcom/cde"

// importRules says what the packages of a folder must not import, tests aside. A path that ends in / stands for all
// below it; "third-party" for whatever is neither of the standard library nor of this module.
var importRules = []struct {
	folder    string
	forbidden []string
	except    []string
}{
	{folder: "openapi", forbidden: []string{"third-party", modulePath + "/"}},
	{folder: "openapi/format", forbidden: []string{"third-party", modulePath + "/"}, except: []string{"github.com/distribution/reference", "github.com/opencontainers/go-digest"}},
	{folder: "openapi/wire", forbidden: []string{"third-party", modulePath + "/"}},
	{folder: "server/connector", forbidden: []string{"third-party", "database/sql", "net/http", modulePath + "/"}, except: []string{modulePath + "/openapi/format"}},
	{folder: "server/validate", forbidden: []string{"github.com/labstack/", "database/sql", modulePath + "/"}},
	{folder: "server/auth", forbidden: []string{"github.com/labstack/", "database/sql", modulePath + "/"}},
	{folder: "server/gateway", forbidden: []string{"github.com/labstack/", "database/sql", modulePath + "/server/connector", modulePath + "/server/sqlite",
		modulePath + "/server/postgres", modulePath + "/server/devidp", modulePath + "/server$", modulePath + "/gen/"}},
	{folder: "server/devidp", forbidden: []string{"github.com/labstack/", "database/sql", modulePath + "/server/connector", modulePath + "/server$"}},
	{folder: "server", forbidden: []string{"database/sql", modulePath + "/server/sqlite", modulePath + "/server/postgres", modulePath + "/server/devidp", modulePath + "/client"}},
	{folder: "server/sqlite", forbidden: []string{"github.com/labstack/", "net/http", modulePath + "/gen/", modulePath + "/server$"}},
	{folder: "server/postgres", forbidden: []string{"github.com/labstack/", "net/http", modulePath + "/gen/", modulePath + "/server$"}},
	{folder: "client", forbidden: []string{"github.com/labstack/", "github.com/getkin/", modulePath + "/server", modulePath + "/server/"}},
}

// TestImportsRunOneWay reads the import lines of every package: unlike a question to `go list`, its answer is never taken
// from the test cache after a file has changed.
func TestImportsRunOneWay(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	packages := importsBelow(t, root)
	for _, rule := range importRules {
		imports, ok := packages[rule.folder]
		if !ok && rule.folder != "server/gateway" && rule.folder != "server/postgres" {
			t.Errorf("%s: no such package; a rule that guards nothing", rule.folder)
		}
		for imported, file := range imports {
			for _, forbidden := range rule.forbidden {
				if matches(imported, forbidden) && !matchesAny(imported, rule.except) {
					t.Errorf("%s imports %s, which %s must not", file, imported, rule.folder)
				}
			}
		}
	}
	for folder, imports := range packages {
		if strings.HasSuffix(folder, "test") {
			continue
		}
		for imported, file := range imports {
			if strings.HasPrefix(imported, modulePath) && strings.HasSuffix(imported, "test") {
				t.Errorf("%s imports the test package %s", file, imported)
			}
		}
	}
	if len(packages) < 12 {
		t.Errorf("%d packages read", len(packages))
	}
}

// importsBelow returns the imports of every package below root without its tests: folder → import → file.
func importsBelow(t *testing.T, root string) map[string]map[string]string {
	packages := map[string]map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules" || entry.Name() == "testdata") && path != root {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		folder := filepath.ToSlash(filepath.Dir(relative))
		if packages[folder] == nil {
			packages[folder] = map[string]string{}
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			packages[folder][imported] = filepath.ToSlash(relative)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return packages
}

func matchesAny(imported string, rules []string) bool {
	for _, rule := range rules {
		if matches(imported, rule) {
			return true
		}
	}
	return false
}

func matches(imported, rule string) bool {
	switch {
	case rule == "third-party":
		host, _, _ := strings.Cut(imported, "/")
		return strings.Contains(host, ".") && !strings.HasPrefix(imported, modulePath)
	case strings.HasSuffix(rule, "/"):
		return strings.HasPrefix(imported, rule)
	}
	return imported == strings.TrimSuffix(rule, "$")
}
