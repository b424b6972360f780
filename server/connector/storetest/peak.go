package storetest

import (
	"iter"
	"runtime"
	"testing"

	"github.com/productsupcom/cde/server/connector"
)

// BoundedMemory imports and exports more versions than the memory it lets the program use could hold.
func BoundedMemory(t *testing.T, store connector.Store) {
	t.Helper()
	const n, most = 6000, 5 << 20
	if size := n * len(Samples()[0].Versions[0].JSON()); size < most*3/2 {
		t.Fatalf("%d bytes of documents show nothing", size)
	}
	var before, peak uint64 = inUse(), 0
	result, err := store.Import(t.Context(), watch(&peak, Generated(n)))
	if err != nil || result.Versions != n {
		t.Fatal(result, err)
	}
	exported, err := count(watch(&peak, store.Export(t.Context())))
	if err != nil || exported != n {
		t.Fatalf("exported %d of %d: %v", exported, n, err)
	}
	t.Logf("imported and exported %d versions with %d KB of memory", n, int64(peak-before)/1024)
	if peak > before+most {
		t.Errorf("%d bytes were in use, want at most %d", peak-before, most)
	}
}

// watch yields what records does and looks every so often how much memory is in use.
func watch(peak *uint64, records iter.Seq2[connector.Record, error]) iter.Seq2[connector.Record, error] {
	return func(yield func(connector.Record, error) bool) {
		n := 0
		for r, err := range records {
			if n++; n%500 == 0 {
				*peak = max(*peak, inUse())
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func count(records iter.Seq2[connector.Record, error]) (n int, err error) {
	for _, err := range records {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
