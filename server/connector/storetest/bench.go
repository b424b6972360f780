package storetest

import (
	"encoding/binary"
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/productsupcom/cde/server/connector"
)

// Generated yields n connectors of one version each, the size of the documentation's PUT, whose ids are spread evenly.
func Generated(n int) iter.Seq2[connector.Record, error] {
	r := Samples()[0]
	return func(yield func(connector.Record, error) bool) {
		for i := range n {
			r.PublicID = spread(i)
			if !yield(r, nil) {
				return
			}
		}
	}
}

func spread(i int) (id connector.PublicID) {
	binary.BigEndian.PutUint64(id[:], uint64(i)*0x9e3779b97f4a7c15)
	return id
}

// BenchmarkChange measures durable PUTs through the rules, of versions picked by chance from the first n of
// [Generated], by so many writers at once. It reports and returns what [Measure] does.
func BenchmarkChange(b *testing.B, store connector.Store, n, writers int) (rate float64) {
	b.Helper()
	do := Through(b, store)
	var next atomic.Int64
	return Measure(b, "changes", func() {
		var all sync.WaitGroup
		for range writers {
			all.Go(func() {
				for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
					a := Attempt{PublicID: spread(rand.IntN(n)), Number: 1, RequestID: "benchmark",
						Constraint: "1." + strconv.FormatInt(time.Now().UnixNano(), 10)}
					if err := do(b.Context(), a); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
	})
}

// CompareCommits measures changes by 1 and by 128 writers, first on a store that gives each a commit of its own, then on
// one that has them share commits, and reports how many times as many changes those are. Open is given the number of changes
// that may share a commit, 0 for the store's usual one; the store holds the first n of [Generated].
func CompareCommits(b *testing.B, n int, open func(batch int) connector.Store) {
	b.Helper()
	own, shared := open(1), open(0)
	for _, writers := range []int{1, 128} {
		var alone float64
		b.Run(fmt.Sprintf("writers=%d/commit=own", writers), func(b *testing.B) {
			alone = BenchmarkChange(b, own, n, writers)
		})
		b.Run(fmt.Sprintf("writers=%d/commit=shared", writers), func(b *testing.B) {
			b.ReportMetric(BenchmarkChange(b, shared, n, writers)/alone, "x-own")
		})
	}
}

// BenchmarkImport measures versions imported a second.
func BenchmarkImport(b *testing.B, store connector.Store) {
	b.Helper()
	b.SetBytes(int64(len(Samples()[0].Versions[0].JSON())))
	Measure(b, "versions", func() {
		if _, err := store.Import(b.Context(), Generated(b.N)); err != nil {
			b.Fatal(err)
		}
	})
}

// Measure times run, which does b.N of the things named. It reports and returns how many a second, and reports the
// time that this process computed for one, which does not depend on who else is using the machine.
func Measure(b *testing.B, things string, run func()) (rate float64) {
	b.Helper()
	b.ResetTimer()
	before := processor()
	run()
	rate = float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rate, things+"/s")
	if took := processor() - before; took > 0 {
		b.ReportMetric(float64(took)/float64(b.N)/1e3, "cpu-µs/op")
	}
	return rate
}
