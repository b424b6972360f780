package typescript_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/nodetest"
	"github.com/productsupcom/cde/server/servertest"
)

const generated = "../../gen/typescript"

// TestTypesAreFresh fails where gen/typescript is not what the contract says.
func TestTypesAreFresh(t *testing.T) {
	dir := nodetest.Install(t, ".")
	nodetest.Reads(t, "../../openapi/openapi.yaml", generated+"/cde.d.ts", generated+"/operations.json", generated+"/sums.json",
		"generate.mjs", "nodes.mjs", "operations.mjs")
	nodetest.Run(t, dir, nil, "node", "generate.mjs", "--check")
}

// TestStaleTypesAreNamed changes a copy of what --check reads: a check that cannot fail proves nothing.
func TestStaleTypesAreNamed(t *testing.T) {
	dir := nodetest.Install(t, ".")
	root := t.TempDir()
	for _, file := range []string{"generate.mjs", "nodes.mjs", "operations.mjs", "../../openapi/openapi.yaml"} {
		copyFile(t, file, filepath.Join(root, "client/typescript", file))
	}
	program := filepath.Join(root, "client/typescript")
	if err := os.Symlink(filepath.Join(dir, "node_modules"), filepath.Join(program, "node_modules")); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"operations.json", "sums.json"} {
		copyFile(t, filepath.Join(generated, file), filepath.Join(root, "gen/typescript", file))
	}
	types := filepath.Join(root, "gen/typescript/cde.d.ts")
	if err := os.WriteFile(types, []byte("export interface paths {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	output := nodetest.Run(t, program, nil, "sh", "-c", "node generate.mjs --check 2>&1 && exit 9; true")
	if want := "gen/typescript/cde.d.ts is not what the contract says"; !strings.Contains(output, want) || strings.Contains(output, "operations.json") {
		t.Errorf("said %q, want %q and nothing of other files", output, want)
	}
}

// TestTypesOfOperationsAreTheContracts compiles the text of every operation alone, and holds it against the types
// that openapi-typescript gives the operation in cde.d.ts: each must be assignable to the other.
func TestTypesOfOperationsAreTheContracts(t *testing.T) {
	dir := nodetest.Install(t, ".")
	nodetest.Reads(t, generated+"/cde.d.ts")
	content, err := os.ReadFile(filepath.Join(generated, "operations.json"))
	if err != nil {
		t.Fatal(err)
	}
	var operations map[string]struct{ Request, Responses string }
	if err := json.Unmarshal(content, &operations); err != nil {
		t.Fatal(err)
	}
	scratch, err := os.MkdirTemp(filepath.Join(dir, "node_modules"), ".operations-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(scratch) })
	args := []string{"--noEmit", "--strict"}
	for id, types := range operations {
		operation := fmt.Sprintf("operations[%q]", id)
		args = append(args, check(t, scratch, id+"Responses", types.Responses, fmt.Sprintf(
			"{ [S in keyof %[1]s['responses']]: %[1]s['responses'][S]['content']['application/json'] }", operation)))
		if types.Request != "" {
			args = append(args, check(t, scratch, id+"Request", types.Request,
				fmt.Sprintf("NonNullable<%s['requestBody']>['content']['application/json']", operation)))
		}
	}
	if files := len(args) - 2; files < 3 {
		t.Fatalf("%d types to compile, want three for the two operations at least", files)
	}
	nodetest.Run(t, dir, nil, "node_modules/.bin/tsc", args...)
}

// TestExample type-checks example.ts, compiles it and runs it in Node against a running server.
func TestExample(t *testing.T) {
	nodetest.Reads(t, "example.ts", "tsconfig.json", generated+"/cde.d.ts")
	dir := nodetest.Install(t, ".")
	nodetest.Run(t, dir, nil, "node_modules/.bin/tsc", "--project", ".")
	server := servertest.New(t)
	run := func(token, script string) string {
		return nodetest.Run(t, dir, []string{"CDE_BASE_URL=" + server.URL, "CDE_TOKEN=" + token}, "sh", "-c", script)
	}
	got := run(server.Token("owner"), "node node_modules/.build/example.js")
	want := "updating {\n  image: 'test.domain.docker/test/container-api-image:1.0.0',\n  'version-constraint': '^0.20'\n}\n"
	if got != want {
		t.Errorf("printed %s, want %s", got, want)
	}
	refused := run(server.Token("stranger"), "node node_modules/.build/example.js 2>&1 && exit 9; true")
	if !strings.Contains(refused, auth.MessageForbidden) {
		t.Errorf("as stranger it printed %s", refused)
	}
}

var declaration = regexp.MustCompile(`(?m)^export (?:interface|type) (\w+)`)

// check writes a file in which text stands next to a proof that its first type is the same as want.
func check(t *testing.T, dir, name, text, want string) string {
	t.Helper()
	types, err := filepath.Abs(filepath.Join(generated, "cde.d.ts"))
	if err != nil {
		t.Fatal(err)
	}
	first := declaration.FindStringSubmatch(text)
	if first == nil {
		t.Fatalf("%s declares no type:\n%s", name, text)
	}
	file := filepath.Join(dir, name+".ts")
	proof := fmt.Sprintf("%s\nimport type { operations } from %q;\ndeclare const mine: %s;\ndeclare let theirs: %s;\ntheirs = mine;\nlet back: typeof mine = theirs;\n",
		text, types, first[1], want)
	if err := os.WriteFile(file, []byte(proof), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o644); err != nil {
		t.Fatal(err)
	}
}
