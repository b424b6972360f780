package sqlite_test

import (
	"encoding/binary"
	"fmt"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/sqlite"
)

// BenchmarkChange is one durable PUT through the rules, in changes a second.
func BenchmarkChange(b *testing.B) {
	for _, writers := range []int{1, 128} {
		for name, batch := range map[string]int{"shared": 0, "alone": 1} {
			b.Run(fmt.Sprintf("writers=%d/commit=%s", writers, name), func(b *testing.B) {
				s := filled(b, 1000, batch)
				b.ResetTimer()
				change(b, s, 1000, writers)
			})
		}
	}
}

// BenchmarkRows is one durable PUT into a small and a large database.
func BenchmarkRows(b *testing.B) {
	for _, rows := range []int{1_000, 1_000_000} {
		if testing.Short() && rows > 1000 {
			continue
		}
		s := filled(b, rows, 0)
		for _, writers := range []int{1, 128} {
			b.Run(fmt.Sprintf("rows=%d/writers=%d", rows, writers), func(b *testing.B) { change(b, s, rows, writers) })
		}
	}
}

// BenchmarkImport is versions of the seed's size a second.
func BenchmarkImport(b *testing.B) {
	s := filled(b, 0, 0)
	b.SetBytes(int64(len(document)))
	b.ResetTimer()
	if _, err := s.Import(b.Context(), generated(b, b.N)); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "versions/s")
}

func filled(b *testing.B, rows, batch int) *sqlite.Store {
	b.Helper()
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "cde.db"), sqlite.Options{MaxBatch: batch})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	if _, err := s.Import(b.Context(), generated(b, rows)); err != nil {
		b.Fatal(err)
	}
	return s
}

func generated(b *testing.B, n int) iter.Seq2[connector.Record, error] {
	r := record(b, id)
	return func(yield func(connector.Record, error) bool) {
		for i := range n {
			r.PublicID = numbered(i)
			if !yield(r, nil) {
				return
			}
		}
	}
}

func numbered(i int) (id connector.PublicID) {
	binary.BigEndian.PutUint64(id[:], uint64(i)*0x9e3779b97f4a7c15)
	return id
}

func change(b *testing.B, s connector.Store, rows, writers int) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				if _, err := put(s, numbered(rand.IntN(rows)), "^1."+strconv.FormatInt(i, 10)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "changes/s")
}
