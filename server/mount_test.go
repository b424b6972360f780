package server_test

import (
	"strings"
	"testing"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/server"
)

// TestRoutesWithoutTheirLayersAreRefused: the generated routes find layers by operationId, and would serve everybody
// unchecked where they find none.
func TestRoutesWithoutTheirLayersAreRefused(t *testing.T) {
	if err := server.Mount(openapi.YAML); err != nil {
		t.Fatalf("the contract as it stands: %v", err)
	}
	const update, rollback = "operationId: updateContainerApiVersion\n", "operationId: rollbackMigration\n"
	for _, row := range []struct{ name, says, from, to string }{
		{"renamed operation", "is not behind the layers of rollbackMigrations", rollback, "operationId: rollbackMigrations\n"},
		{"other spelling", "is not behind the layers of UpdateContainerAPIVersion", update, "operationId: UpdateContainerAPIVersion\n"},
		{"another path", "has no route", "/migration/rollback:", "/migration/back:"},
		{"another method", "has no route", "    post:\n", "    put:\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			changed := strings.Replace(string(openapi.YAML), row.from, row.to, 1)
			if changed == string(openapi.YAML) {
				t.Fatalf("the contract has no %q", row.from)
			}
			if err := server.Mount([]byte(changed)); err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("error %v, want one that says %q", err, row.says)
			}
		})
	}
	t.Run("swapped operations", func(t *testing.T) { // each route finds layers, but those of the other
		swapped := strings.NewReplacer(update, rollback, rollback, update).Replace(string(openapi.YAML))
		if err := server.Mount([]byte(swapped)); err == nil || !strings.Contains(err.Error(), "is not behind the layers of") {
			t.Errorf("error %v", err)
		}
	})
}
