package storetest

import (
	"iter"
	"runtime"

	"github.com/productsupcom/cde/server/connector"
)

// Peak is the most memory that was in use while [Watch] looked.
type Peak struct{ Bytes uint64 }

// Watch yields what records does and looks every so often how much of the heap is in use.
func Watch(p *Peak, records iter.Seq2[connector.Record, error]) iter.Seq2[connector.Record, error] {
	return func(yield func(connector.Record, error) bool) {
		n := 0
		for r, err := range records {
			if n++; n%1000 == 0 {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				p.Bytes = max(p.Bytes, m.HeapInuse)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}
