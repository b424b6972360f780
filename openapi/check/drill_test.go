package check_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/productsupcom/cde/openapi/check"
)

// TestDrill goes through CONTRIBUTING.md's five steps in a copy of the module, with a third operation and a deprecated one,
// and asserts that everything which is derived from the contract follows, and that the build, or a check, names what is not
// there yet. No file is changed but those that the steps name.
func TestDrill(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the module twice")
	}
	copied := &workshop{t: t, root: copyModule(t), files: archive(t, "testdata/targets.txtar")}
	seeds := copied.fuzzSeeds("../..")

	// Step 1: the contract. The checks of the contract let it pass; the SDK lags behind, and is named.
	contract := copied.editContract()
	change, err := check.ReadChange(copied.root)
	if err != nil {
		t.Fatal(err)
	}
	if found := findings(check.All(change)); found != "" {
		t.Fatalf("the contract's checks refuse the patch:\n%s", found)
	}

	// Step 2: generate. The build fails and names the missing handler, and nothing else.
	copied.run("go", "run", "-trimpath", "./openapi/generate", ".")
	copied.failsToBuildFor("UpdateTargets")
	copied.refusesClient(contract,
		"updateTargets, PUT /connectors/{publicId}/versions/{connectorVersion}/targets: has no method UpdateTargets in the SDK",
		"updateTargets, PUT /connectors/{publicId}/versions/{connectorVersion}/targets: has no command",
		"rollbackMigration, POST /connectors/{publicId}/versions/{connectorVersion}/migration/rollback: deprecated is true in the contract and false in the comment")
	copied.has("gen/apiclient/apiclient.gen.go", "// Deprecated: ")
	copied.has("gen/apiserver/apiserver.gen.go", "// Deprecated: ")

	// Steps 3 to 5: one domain file, one handler, one method, one command; and the comment that the check asked for.
	for _, file := range []string{"server/connector/targets.go", "server/targets.go", "client/targets.go", "client/cmd/cde/targets.go", "server/drill_test.go"} {
		copied.write(file, copied.files[file])
	}
	copied.replace("client/rollback.go", "\nfunc (c *Client) RollbackMigration", "\n//\n// Deprecated: migrations end on 2027-06-30.\nfunc (c *Client) RollbackMigration")
	copied.refusesClient(contract)
	copied.run("go", "build", "-trimpath", "./...")

	// And everything is there.
	tests := "^(TestDrillCall|TestDrillDocs|TestDrillDeprecation|TestEveryOperationKeepsTheContract)$"
	fresh := []string{"test", "-trimpath", "./openapi", "./openapi/generate", "-skip", "Typescript"}
	if copied.typescript() {
		fresh = fresh[:4]
		tests = strings.Replace(tests, ")$", "|TestDrillTypeScript)$", 1)
	}
	output := copied.run("go", "test", "-trimpath", "-v", "-run", tests, "./server")
	for _, passed := range []string{
		"TestDrillCall", "TestDrillDocs", "TestDrillDeprecation", "TestEveryOperationKeepsTheContract/updateTargets",
		"TestEveryOperationKeepsTheContract/updateTargets/as_the_example",
		"TestEveryOperationKeepsTheContract/updateTargets/no_token",
		"TestEveryOperationKeepsTheContract/updateTargets/stranger",
		"TestEveryOperationKeepsTheContract/updateTargets/without_target-sites",
		"TestEveryOperationKeepsTheContract/updateTargets/an_object_as_target-accounts",
	} {
		if !strings.Contains(output, "--- PASS: "+passed+" ") {
			t.Errorf("%s did not pass:\n%s", passed, output)
		}
	}
	copied.run("go", fresh...)
	copied.run("go", "test", "-trimpath", "./client", "./client/cmd/cde")
	if now := copied.fuzzSeeds(copied.root); now <= seeds {
		t.Errorf("the fuzz test of the contract starts from %d documents, as many as before: %d", now, seeds)
	}
	help := copied.run("go", "run", "-trimpath", "./client/cmd/cde", "targets", "set", "497f6eca-6276-4993-bfeb-53cbbbba6f08", "1",
		"--target-accounts", "1,2", "--target-sites", "3", "--dry-run", "-o", "json")
	for _, part := range []string{`"PUT"`, "/versions/1/targets", `"target-accounts"`, `"target-sites"`} {
		if !strings.Contains(help, part) {
			t.Errorf("the command's dry run has no %s:\n%s", part, help)
		}
	}
}

// TestDrillRemovesAResponseField and the next leave out or rename what callers rely on.
func TestDrillRemovesAResponseField(t *testing.T) {
	t.Parallel()
	change := read(t)
	change.Contract = edit(t, change.Contract, "        logo:\n          type: string\n          nullable: true\n", "", "        - logo\n", "",
		"                  logo: null\n", "", "                  logo: null\n", "", version, moved("1.1.0"))
	got := findings([]check.Report{check.Breaking(change.Released, change.Contract)})
	for _, part := range []string{"openapi/released/1.0.0.yaml:", "removed the required property `data/logo`", "raise info.version to 2.0.0"} {
		if !strings.Contains(got, part) {
			t.Errorf("the breaking-change check does not say %q: %s", part, got)
		}
	}
}

func TestDrillRenamesAnOperationAndASchema(t *testing.T) {
	t.Parallel()
	change := read(t)
	renamed := strings.ReplaceAll(string(change.Contract), "ContainerApiUpdate", "ContainerApiChange")
	change.Contract = edit(t, []byte(renamed), "operationId: rollbackMigration", "operationId: migrationRollback", version, moved("1.1.0"))
	got := findings([]check.Report{check.Names(change.Released, change.Contract)})
	for _, part := range []string{"operationId rollbackMigration was renamed to migrationRollback", "components/schemas/ContainerApiUpdate: was renamed to ContainerApiChange"} {
		if !strings.Contains(got, part) {
			t.Errorf("the names check does not say %q: %s", part, got)
		}
	}
}

// workshop is a copy of the module under change.
type workshop struct {
	t     *testing.T
	root  string
	files map[string]string
}

// archive reads the parts of a txtar file.
func archive(t *testing.T, path string) map[string]string {
	t.Helper()
	parsed, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, file := range parsed.Files {
		files[file.Name] = string(file.Data)
	}
	return files
}

// copyModule copies what is needed to build and test the module, and has the contract as its release.
func copyModule(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	skipped := []string{".git", ".cde", ".github", ".ci", "bin", "node_modules"}
	others := []string{"openapi/check", "openapi/judges", "server/interop"} // nobody imports them
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel("../..", path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains(skipped, entry.Name()) || slices.Contains(others, filepath.ToSlash(relative)) {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(root, relative), 0o755)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(root, relative), content, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func (w *workshop) read(path string) string {
	w.t.Helper()
	content, err := os.ReadFile(filepath.Join(w.root, path))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(content)
}

func (w *workshop) write(path, content string) {
	w.t.Helper()
	if content == "" {
		w.t.Fatalf("nothing to write to %s", path)
	}
	put(w.t, w.root, path, []byte(content))
}

// replace changes the first occurrence of a text in a file.
func (w *workshop) replace(path, was, is string) {
	w.t.Helper()
	w.write(path, string(edit(w.t, []byte(w.read(path)), was, is)))
}

func (w *workshop) has(path, part string) {
	w.t.Helper()
	if !strings.Contains(w.read(path), part) {
		w.t.Errorf("%s has no %q", path, part)
	}
}

// editContract does step 1: the operation, its schemas, the parity row, the deprecation of another one, the version.
func (w *workshop) editContract() []byte {
	w.t.Helper()
	const file = "openapi/openapi.yaml"
	w.write("openapi/released/1.0.0.yaml", w.read(file))
	_, after, _ := strings.Cut(w.read(file), "operationId: updateContainerApiVersion")
	_, after, _ = strings.Cut(after, "      responses:\n")
	answer, _, found := strings.Cut(after, "        '400':\n")
	if !found {
		w.t.Fatal("updateContainerApiVersion has no answer 200 before its 400")
	}
	operation := strings.Replace(w.files["contract/path"], "{{200}}", answer, 1)
	w.replace(file, "\ncomponents:\n", "\n"+operation+"components:\n")
	w.replace(file, "\n  schemas:\n", "\n  schemas:\n"+w.files["contract/schema"])
	for i, pair := 0, deprecated("2026-12-01", "2027-06-30"); i < len(pair); i += 2 {
		w.replace(file, pair[i], pair[i+1])
	}
	w.replace(file, version, moved("1.1.0"))
	w.write("openapi/PARITY.md", w.read("openapi/PARITY.md")+w.files["contract/parity"])
	return []byte(w.read(file))
}

// command runs in the copy. The build cache is the machine's: with -trimpath what was built once is found again in every copy.
func (w *workshop) command(name string, args ...string) (string, error) {
	command := exec.CommandContext(w.t.Context(), name, args...)
	command.Dir = w.root
	command.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false -p=2", "GOWORK=off", "CDE_TOKEN=token")
	output, err := command.CombinedOutput()
	return string(output), err
}

func (w *workshop) run(name string, args ...string) string {
	w.t.Helper()
	output, err := w.command(name, args...)
	if err != nil {
		w.t.Fatalf("%s %q: %v\n%s", name, args, err, output)
	}
	return output
}

// problem is a line of the compiler's output that names a file.
var problem = regexp.MustCompile(`(?m)^\S+\.go:\d+:\d+: .*$`)

// failsToBuildFor asserts that the one thing the build misses is a handler.
func (w *workshop) failsToBuildFor(handler string) {
	w.t.Helper()
	output, err := w.command("go", "build", "-trimpath", "./...")
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
		w.t.Fatalf("the build does not fail: %v\n%s", err, output)
	}
	problems := problem.FindAllString(output, -1)
	if len(problems) != 1 || !strings.Contains(problems[0], "missing method "+handler) || !strings.HasPrefix(problems[0], "server/") {
		w.t.Errorf("the build names %q, want the missing method %s in server alone:\n%s", problems, handler, output)
	}
}

// refusesClient compares what the client check finds.
func (w *workshop) refusesClient(contract []byte, want ...string) {
	w.t.Helper()
	report := check.Client(contract, os.DirFS(w.root))
	if report.Looked != 3 || len(report.Findings) != len(want) {
		w.t.Errorf("want %d findings on 3 operations: %s", len(want), report)
	}
	for _, part := range want {
		if !strings.Contains(report.String(), part) {
			w.t.Errorf("the client check does not say %q: %s", part, report)
		}
	}
}

// fuzzSeeds counts what the fuzz test of the contract starts from, in the module at root.
func (w *workshop) fuzzSeeds(root string) int {
	w.t.Helper()
	at := &workshop{t: w.t, root: root}
	return strings.Count(at.run("go", "test", "-trimpath", "-v", "-run", "^FuzzContract$", "./server/validate"), "--- PASS: FuzzContract/seed#")
}

// typescript generates the TypeScript types anew, where Node and the generator's packages are.
func (w *workshop) typescript() bool {
	w.t.Helper()
	modules, err := filepath.Abs("../../client/typescript/node_modules")
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "openapi-typescript")); err != nil {
		if os.Getenv("CI") == "true" {
			w.t.Errorf("the TypeScript types are not drilled: %v; run `make typescript`", err)
		}
		w.t.Logf("the TypeScript types are left out: %v", err)
		return false
	}
	if err := os.Symlink(modules, filepath.Join(w.root, "client/typescript/node_modules")); err != nil {
		w.t.Fatal(err)
	}
	command := exec.CommandContext(w.t.Context(), "node", "generate.mjs")
	command.Dir = filepath.Join(w.root, "client/typescript")
	if output, err := command.CombinedOutput(); err != nil {
		w.t.Fatalf("generate.mjs: %v\n%s", err, output)
	}
	w.has("gen/typescript/cde.d.ts", "updateTargets")
	w.has("gen/typescript/cde.d.ts", "@deprecated")
	return true
}
