package check_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/productsupcom/cde/openapi/check"
)

// sdk is a module's sources for two operations, as small as they can be.
func sdk() fstest.MapFS {
	const generated = `package apiclient
var UpdateContainerAPIVersionOperation = Operation{
	ID:   "updateContainerApiVersion",
	Name: "UpdateContainerAPIVersion",
}
var RollbackMigrationOperation = Operation{
	ID:   "rollbackMigration",
	Name: "RollbackMigration",
}
`
	return fstest.MapFS{
		"gen/apiclient/apiclient.gen.go": {Data: []byte(generated)},
		"client/containerapi.go":         {Data: []byte("package client\n\n// UpdateContainerAPIVersion sets.\nfunc (c *Client) UpdateContainerAPIVersion() {}\n")},
		"client/rollback.go":             {Data: []byte("package client\n\n// RollbackMigration rolls back.\nfunc (c *Client) RollbackMigration() {}\n")},
		"client/rollback_test.go":        {Data: []byte("package client\n\nfunc (c *Client) Other() {}\n")},
		"client/cmd/cde/commands.go":     {Data: []byte("package main\n\nvar ids = []string{\"updateContainerApiVersion\", \"rollbackMigration\"}\n")},
	}
}

func TestClientFollowsTheContract(t *testing.T) {
	t.Parallel()
	contract := read(t).Contract
	marked := "package client\n\n// RollbackMigration rolls back.\n//\n// Deprecated: it goes.\nfunc (c *Client) RollbackMigration() {}\n"
	for _, row := range []struct {
		name     string
		file     string // replaced by text; taken away where text is empty
		text     string
		contract []byte
		want     string // of the findings; empty: none
	}{
		{"all there", "", "", contract, ""},
		{"no method", "client/rollback.go", "", contract, "has no method RollbackMigration in the SDK\n\tto do: add one file to client"},
		{"a method of another type", "client/rollback.go", "package client\n\nfunc (c *Other) RollbackMigration() {}\n", contract, "has no method"},
		{"a method in a test", "client/rollback.go", "", contract, "has no method"},
		{"no command", "client/cmd/cde/commands.go", "package main\n\nvar ids = []string{\"rollbackMigration\"}\n", contract, "updateContainerApiVersion, PUT"},
		{"not generated", "gen/apiclient/apiclient.gen.go", "package apiclient\n", contract, "is not in the generated client\n\tto do: make generate"},
		{"nothing generated", "gen/apiclient/apiclient.gen.go", "", contract, "to do: make generate"},
		{"sources that do not parse", "client/rollback.go", "package", contract, "client: the sources: "},
		{"a mark too many", "client/rollback.go", marked, contract, "client/rollback.go:6: client: rollbackMigration, POST"},
		{"a mark that is missing", "", "", edit(t, contract, deprecated("2026-12-01", "2027-06-30")...), "ends with a paragraph that begins with `Deprecated: `"},
		{"a mark", "client/rollback.go", marked, edit(t, contract, deprecated("2026-12-01", "2027-06-30")...), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			module := sdk()
			delete(module, row.file)
			if row.text != "" {
				module[row.file] = &fstest.MapFile{Data: []byte(row.text)}
			}
			got := findings([]check.Report{check.Client(row.contract, module)})
			if row.want == "" && got != "" || !strings.Contains(got, row.want) {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}
