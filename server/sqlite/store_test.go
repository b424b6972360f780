package sqlite_test

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/connector/storetest"
	"github.com/productsupcom/cde/server/sqlite"
)

func TestStore(t *testing.T) {
	var paths sync.Map // the file of each store
	storetest.Run(t, func(t *testing.T) connector.Store {
		path := filepath.Join(t.TempDir(), "a ?#%41 b.db")
		s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		paths.Store(s, path)
		return s
	}, storetest.WithReopen(func(t *testing.T, s connector.Store) connector.Store {
		path, _ := paths.Load(s)
		again, err := sqlite.Open(t.Context(), path.(string), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return again
	}))
}

func TestMemoryStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) connector.Store {
		s, err := sqlite.Memory()
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
