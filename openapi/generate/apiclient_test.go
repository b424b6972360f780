package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// edited returns a copy of the contract and its overlay in which old is replaced by replacement.
func edited(t *testing.T, old, replacement string) string {
	t.Helper()
	copied := input(t)
	edit(t, filepath.Join(copied, "openapi", "openapi.yaml"), old, replacement)
	return copied
}

const parameters = `      description: Connector will use old executable instead of new one.
      parameters:
`

// TestRawClientWritesEveryParameterThatItAccepts builds the client of a contract with parameters in query and header,
// which the real one does not have.
func TestRawClientWritesEveryParameterThatItAccepts(t *testing.T) {
	contract := edited(t, parameters, parameters+`        - {name: page, in: query, schema: {type: integer}}
        - {name: states, in: query, required: true, schema: {type: array, items: {type: string}}}
        - {name: If-Match, in: header, schema: {type: string}}
`)
	files, err := generate(contract)
	if err != nil {
		t.Fatal(err)
	}
	code := string(files["gen/apiclient/apiclient.gen.go"])
	for _, want := range []string{`"page", *params.Page`, `"states", params.States`, `"If-Match", *params.IfMatch`} {
		if !strings.Contains(code, want) {
			t.Errorf("the client does not send %s", want)
		}
	}
	build(t, files, "./gen/apiclient")
}

func TestContractThatTheRawClientCannotWriteIsRefused(t *testing.T) {
	for _, row := range []struct{ name, old, replacement, want string }{
		{"cookie", parameters, parameters + "        - {name: session, in: cookie, schema: {type: string}}\n", "parameter session"},
		{"parameter with a media type", parameters, parameters + "        - {name: filter, in: query, content: {application/json: {schema: {type: object}}}}\n", "parameter filter"},
		{"body that is not JSON", "          application/json:\n            schema:\n              $ref: '#/components/schemas/ContainerApiUpdate'", "          text/plain:\n            schema:\n              $ref: '#/components/schemas/ContainerApiUpdate'", "application/json only"},
	} {
		if _, err := generate(edited(t, row.old, row.replacement)); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: error %v, want one with %q", row.name, err, row.want)
		}
	}
}

// build compiles a package of this module with files in place of the generated ones.
func build(t *testing.T, files map[string][]byte, packages ...string) {
	t.Helper()
	module, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for path, content := range files {
		replacement := filepath.Join(t.TempDir(), "file.go")
		if err := write(replacement, content); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[filepath.Join(module, path)] = replacement
	}
	content, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "overlay.json")
	if err := write(list, content); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "go", append([]string{"build", "-overlay", list}, packages...)...)
	command.Dir = module
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
