package storetest

import (
	"encoding/binary"
	"iter"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
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
// [Generated], by so many writers at once. It reports changes a second, and the time that this process computed for
// one, which does not depend on who else is using the machine.
func BenchmarkChange(b *testing.B, store connector.Store, n, writers int) {
	b.Helper()
	do := Through(b, store)
	var next atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	before := processor()
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
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "changes/s")
	b.ReportMetric(float64(processor()-before)/float64(b.N)/1e3, "cpu-µs/op")
}

// BenchmarkImport measures versions imported a second.
func BenchmarkImport(b *testing.B, store connector.Store) {
	b.Helper()
	b.SetBytes(int64(len(Samples()[0].Versions[0].JSON())))
	b.ResetTimer()
	before := processor()
	if _, err := store.Import(b.Context(), Generated(b.N)); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "versions/s")
	b.ReportMetric(float64(processor()-before)/float64(b.N)/1e3, "cpu-µs/op")
}

// processor returns the time that this process has been computing.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
