package postgres_test

import (
	"testing"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/connector/storetest"
	"github.com/productsupcom/cde/server/postgres"
	"github.com/productsupcom/cde/server/postgres/postgrestest"
)

// BenchmarkChange compares changes that have a commit each with changes that share commits, on a server that flushes.
func BenchmarkChange(b *testing.B) {
	server := postgrestest.NewServer(b)
	if _, err := open(b, server.Address(), postgres.Options{}).Import(b.Context(), storetest.Generated(1000)); err != nil {
		b.Fatal(err)
	}
	storetest.CompareCommits(b, 1000, func(batch int) connector.Store {
		return open(b, server.Address(), postgres.Options{MaxBatch: batch})
	})
}

func BenchmarkImport(b *testing.B) {
	storetest.BenchmarkImport(b, open(b, postgrestest.NewServer(b).Address(), postgres.Options{}))
}
