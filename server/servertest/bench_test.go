package servertest_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/connector/storetest"
	"github.com/productsupcom/cde/server/servertest"
	"github.com/productsupcom/cde/server/sqlite"
)

// BenchmarkDurablePUT compares PUTs over HTTP by 128 clients that are flushed to a SQLite file with PUTs into a
// store that only keeps them in memory.
func BenchmarkDurablePUT(b *testing.B) {
	records := make([]connector.Record, 0, 1000)
	for r := range storetest.Generated(cap(records)) {
		records = append(records, r)
	}
	for _, row := range []struct {
		name string
		open func() (connector.Store, error)
	}{
		{"memory", func() (connector.Store, error) { return storetest.NewMemory(), nil }},
		{"sqlite", func() (connector.Store, error) {
			return sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "cde.db"), sqlite.Options{})
		}},
	} {
		b.Run("store="+row.name, func(b *testing.B) {
			store, err := row.open()
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = store.Close() })
			storetest.Import(b, store, records...)
			server := servertest.New(b, servertest.WithStore(store), servertest.WithLogger(slog.New(slog.DiscardHandler)))
			put(b, server, slices.Clone(records), 128)
		})
	}
}

func put(b *testing.B, server *servertest.Server, records []connector.Record, clients int) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	b.Cleanup(client.CloseIdleConnections)
	token := "Bearer " + server.Token("admin")
	var next atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	before := processor(b)
	for range clients {
		all.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				url := fmt.Sprintf("%s/connectors/%s/versions/1/execution-config/container-api", server.URL, records[int(i)%len(records)].PublicID)
				request, err := http.NewRequest(http.MethodPut, url, strings.NewReader(fmt.Sprintf(`{"version-constraint":"^1.%d"}`, i)))
				if err != nil {
					b.Error(err)
					return
				}
				request.Header = http.Header{"Authorization": {token}, "Content-Type": {"application/json"}}
				response, err := client.Do(request)
				if err != nil || response.StatusCode != http.StatusOK {
					b.Error(err, response)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "changes/s")
	b.ReportMetric(float64(processor(b)-before)/float64(b.N)/1e3, "cpu-µs/op")
}

// processor returns the time that this process, server and clients, has been computing.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
