package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/connector/storetest"
	"github.com/productsupcom/cde/server/sqlite"
)

// BenchmarkChange compares changes that have a commit each with changes that share commits.
func BenchmarkChange(b *testing.B) {
	storetest.CompareCommits(b, 1000, func(batch int) connector.Store {
		return filled(b, 1000, sqlite.Options{MaxBatch: batch})
	})
}

// BenchmarkRows compares a small with a large database. The large one takes about 3 GB of disk; -short leaves it out.
func BenchmarkRows(b *testing.B) {
	small := map[int]float64{} // changes a second, by writers
	for _, rows := range []int{1_000, 1_000_000} {
		if testing.Short() && rows > 1000 {
			continue
		}
		s := filled(b, rows, sqlite.Options{})
		for _, writers := range []int{1, 128} {
			b.Run(fmt.Sprintf("rows=%d/writers=%d", rows, writers), func(b *testing.B) {
				rate := storetest.BenchmarkChange(b, s, rows, writers)
				if rows == 1000 {
					small[writers] = rate
				} else {
					b.ReportMetric(small[writers]/rate, "x-cost-of-1000-rows")
				}
			})
		}
	}
}

func BenchmarkImport(b *testing.B) { storetest.BenchmarkImport(b, filled(b, 0, sqlite.Options{})) }

func filled(b *testing.B, rows int, o sqlite.Options) *sqlite.Store {
	b.Helper()
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "cde.db"), o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	if _, err := s.Import(b.Context(), storetest.Generated(rows)); err != nil {
		b.Fatal(err)
	}
	return s
}
