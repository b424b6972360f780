package servertest_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

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
	var stubbed float64 // changes a second, without a disk
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
			rate := put(b, server, slices.Clone(records), 128)
			if row.name == "memory" {
				stubbed = rate
			} else {
				b.ReportMetric(rate/stubbed, "x-memory")
			}
		})
	}
}

func put(b *testing.B, server *servertest.Server, records []connector.Record, clients int) (rate float64) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	b.Cleanup(client.CloseIdleConnections)
	token := "Bearer " + server.Token("admin")
	var next atomic.Int64
	return storetest.Measure(b, "changes", func() {
		var all sync.WaitGroup
		for range clients {
			all.Go(func() {
				for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
					url := fmt.Sprintf("%s/connectors/%s/versions/1/execution-config/container-api", server.URL, records[int(i)%len(records)].PublicID)
					if err := putOnce(client, url, token, i); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
	})
}

func putOnce(client *http.Client, url, token string, i int64) error {
	request, err := http.NewRequest(http.MethodPut, url, strings.NewReader(fmt.Sprintf(`{"version-constraint":"^1.%d"}`, i)))
	if err != nil {
		return err
	}
	request.Header = http.Header{"Authorization": {token}, "Content-Type": {"application/json"}}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	if response.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", response.StatusCode)
	}
	return errors.Join(err, response.Body.Close())
}
