package server_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const modulePath = "github.com/productsupcom/cde"

// importRules says what the packages below a folder must not import, tests aside; the rule of the nearest folder holds.
// A path that ends in / stands for all below it; "third-party" for whatever is neither of the standard library nor of
// this module.
var importRules = []struct {
	folder    string
	forbidden []string
	except    []string
}{
	{folder: "openapi", forbidden: []string{"third-party", modulePath + "/"}},
	{folder: "openapi/format", forbidden: []string{"third-party", modulePath + "/"}, except: []string{"github.com/distribution/reference", "github.com/opencontainers/go-digest"}},
	{folder: "openapi/generate", forbidden: []string{modulePath + "/"}},
	{folder: "gen", forbidden: []string{"github.com/labstack/", "github.com/getkin/", "database/sql", modulePath + "/server", modulePath + "/server/", modulePath + "/client", modulePath + "/client/"}},
	{folder: "gen/apiserver", forbidden: []string{"github.com/getkin/", "database/sql", modulePath + "/server", modulePath + "/server/", modulePath + "/client", modulePath + "/client/"}},
	{folder: "server", forbidden: []string{"database/sql", modulePath + "/server/sqlite", modulePath + "/server/postgres", modulePath + "/server/devidp", modulePath + "/client", modulePath + "/client/"}},
	{folder: "server/connector", forbidden: []string{"third-party", "database/sql", "net/http", modulePath + "/"}, except: []string{modulePath + "/openapi/format"}},
	{folder: "server/connector/storetest", forbidden: []string{"github.com/labstack/", "database/sql", "net/http", modulePath + "/"}, except: []string{modulePath + "/server/connector"}},
	{folder: "server/validate", forbidden: []string{"github.com/labstack/", "database/sql", modulePath + "/"}},
	{folder: "server/auth", forbidden: []string{"github.com/labstack/", "database/sql", modulePath + "/"}},
	{folder: "server/gateway", forbidden: []string{"github.com/labstack/", "database/sql", modulePath + "/"},
		except: []string{modulePath + "/openapi/format", modulePath + "/server/auth", modulePath + "/server/validate"}},
	{folder: "server/devidp", forbidden: []string{"github.com/labstack/", "database/sql", modulePath + "/"}},
	{folder: "server/sqlite", forbidden: []string{"github.com/labstack/", "net/http", modulePath + "/"}, except: []string{modulePath + "/server/connector", modulePath + "/server/groupcommit"}},
	{folder: "server/postgres", forbidden: []string{"github.com/labstack/", "net/http", modulePath + "/"}, except: []string{modulePath + "/server/connector", modulePath + "/server/groupcommit"}},
	{folder: "server/servertest", forbidden: []string{"database/sql", modulePath + "/server/postgres", modulePath + "/client", modulePath + "/client/"}},
	{folder: "server/cmd", forbidden: []string{"github.com/labstack/", "database/sql", modulePath + "/client", modulePath + "/client/"}},
	{folder: "client", forbidden: []string{"github.com/labstack/", "github.com/getkin/", "database/sql", modulePath + "/gen/apiserver", modulePath + "/server", modulePath + "/server/"}},
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
		if !slices.ContainsFunc(slices.Collect(maps.Keys(packages)), func(folder string) bool { return isBelow(folder, rule.folder) }) {
			t.Errorf("%s: no such package; a rule that guards nothing", rule.folder)
		}
	}
	for _, violation := range violations(packages) {
		t.Error(violation)
	}
	if len(packages) < 20 {
		t.Errorf("%d packages read", len(packages))
	}
}

// TestRulesHoldBelowTheirFolders: what a rule forbids is forbidden in folders that nobody named, and no more than that.
func TestRulesHoldBelowTheirFolders(t *testing.T) {
	for _, row := range []struct {
		folder, imports string
		refused         bool
	}{
		{"client", modulePath + "/server/connector", true},
		{"client/cmd/cde", modulePath + "/server/connector", true},
		{"client/login", "github.com/labstack/echo/v4", true},
		{"client/something/new", modulePath + "/server", true},
		{"client/cmd/cde", "github.com/spf13/cobra", false},
		{"clients", modulePath + "/server", false},
		{"server/connector", modulePath + "/server/connector/storetest", true},
		{"server/connector/new", "database/sql", true},
		{"server/connector/storetest", "github.com/anishathalye/porcupine", false},
		{"server/validate/new", modulePath + "/server", true},
		{"server/new", modulePath + "/server/sqlite", true},
		{"server/cmd/cded", modulePath + "/server/sqlite", false},
		{"server/gateway", modulePath + "/server", true},
		{"gen/api", "github.com/labstack/echo/v4", true},
		{"gen/apiserver", "github.com/labstack/echo/v4", false},
		{"openapi/new", "gopkg.in/yaml.v3", true},
	} {
		got := violations(map[string]map[string]string{row.folder: {row.imports: "file.go"}})
		if (len(got) > 0) != row.refused {
			t.Errorf("%s imports %s: %q", row.folder, row.imports, got)
		}
	}
}

// violations says which imports break a rule: folder → import → file.
func violations(packages map[string]map[string]string) []string {
	var found []string
	for folder, imports := range packages {
		forbidden, except := ruleOf(folder)
		for imported, file := range imports {
			if matchesAny(imported, forbidden) && !matchesAny(imported, except) {
				found = append(found, file+" imports "+imported+", which "+folder+" must not")
			}
			if strings.HasPrefix(imported, modulePath) && strings.HasSuffix(imported, "test") && !strings.HasSuffix(folder, "test") {
				found = append(found, file+" imports the test package "+imported)
			}
		}
	}
	return found
}

// ruleOf is the rule of the nearest folder.
func ruleOf(folder string) (forbidden, except []string) {
	nearest := ""
	for _, rule := range importRules {
		if isBelow(folder, rule.folder) && len(rule.folder) > len(nearest) {
			nearest, forbidden, except = rule.folder, rule.forbidden, rule.except
		}
	}
	return forbidden, except
}

func isBelow(folder, parent string) bool {
	return folder == parent || strings.HasPrefix(folder, parent+"/")
}

// importsBelow returns the imports of every package of the module at root without its tests: folder → import → file.
func importsBelow(t *testing.T, root string) map[string]map[string]string {
	packages := map[string]map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules" || entry.Name() == "testdata") && path != root {
			return filepath.SkipDir
		}
		if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil && path != root {
			return filepath.SkipDir // a module of its own
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
	return imported == rule
}
