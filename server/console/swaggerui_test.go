package console_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/productsupcom/cde/server/nodetest"
)

// TestSwaggerUIIsThePinnedPackage compares every copied file with npm's; UPDATE_GOLDEN=1 copies them anew.
func TestSwaggerUIIsThePinnedPackage(t *testing.T) {
	folder := nodetest.Install(t, "swaggerui")
	handler := page(t, nil)
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || name == "package.json" || name == "package-lock.json" || name == ".npmrc" {
			continue
		}
		compared++
		want, err := os.ReadFile(filepath.Join(folder, "node_modules/swagger-ui-dist", name))
		if err != nil {
			t.Error(err)
			continue
		}
		if os.Getenv("UPDATE_GOLDEN") == "1" {
			if err := os.WriteFile(filepath.Join(folder, name), want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if response, got := get(t, handler, http.MethodGet, "/docs/"+name, nil); response.StatusCode != http.StatusOK || !bytes.Equal([]byte(got), want) {
			t.Errorf("%s is not the one of package-lock.json; run `make swagger-ui`", name)
		}
	}
	if compared != 7 {
		t.Errorf("%d files compared, want the 7 that are embedded", compared)
	}
}
