package postgres_test

import (
	"fmt"
	"testing"

	"github.com/productsupcom/cde/server/connector/storetest"
	"github.com/productsupcom/cde/server/postgres"
	"github.com/productsupcom/cde/server/postgres/postgrestest"
)

// BenchmarkChange compares changes that share commits with changes that have one each, on a server that flushes.
func BenchmarkChange(b *testing.B) {
	server := postgrestest.NewServer(b)
	s := open(b, server.Address(), postgres.Options{})
	if _, err := s.Import(b.Context(), storetest.Generated(1000)); err != nil {
		b.Fatal(err)
	}
	for _, writers := range []int{1, 128} {
		for _, row := range []struct {
			commit string
			batch  int
		}{{"shared", 0}, {"own", 1}} {
			s := open(b, server.Address(), postgres.Options{MaxBatch: row.batch})
			b.Run(fmt.Sprintf("writers=%d/commit=%s", writers, row.commit), func(b *testing.B) {
				storetest.BenchmarkChange(b, s, 1000, writers)
			})
		}
	}
}

func BenchmarkImport(b *testing.B) {
	storetest.BenchmarkImport(b, open(b, postgrestest.NewServer(b).Address(), postgres.Options{}))
}
