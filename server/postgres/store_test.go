package postgres_test

import (
	"os"
	"sync"
	"testing"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/connector/storetest"
	"github.com/productsupcom/cde/server/postgres"
	"github.com/productsupcom/cde/server/postgres/postgrestest"
)

func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m)) }

func open(t testing.TB, address string, o postgres.Options) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), address, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestStore(t *testing.T) {
	postgrestest.Address(t) // or the whole suite is left out
	var addresses sync.Map
	storetest.Run(t, func(t *testing.T) connector.Store {
		address := postgrestest.Address(t)
		s := open(t, address, postgres.Options{})
		addresses.Store(s, address)
		return s
	}, storetest.WithReopen(func(t *testing.T, s connector.Store) connector.Store {
		address, _ := addresses.Load(s)
		return open(t, address.(string), postgres.Options{})
	}))
}
