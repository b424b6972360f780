package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/productsupcom/cde/server/connector"
)

// Apart is a connector that [Under] imports and its load does not change.
var Apart = Record(1000, 1)

// Under starts a load through the stores, which share a database, that lasts until stop is called or the test ends.
func Under(t *testing.T, stores ...connector.Store) (load *Load, stop func()) {
	t.Helper()
	load = &Load{Do: Through(t, stores...), Pause: 5 * time.Millisecond}
	for n := range 8 {
		load.Records = append(load.Records, Record(n+1, 1))
	}
	Import(t, stores[0], append(load.Records, Apart)...)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		load.Run(ctx, 16, 0)
	}()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return load, stop
}

// Turns waits until the store is ready, or not, and fails the test if that takes half a minute, or if a store that is
// not ready says something else than [connector.ErrUnavailable].
func Turns(t *testing.T, s connector.Store, ready bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		err := s.Ready(ctx)
		cancel()
		if err != nil && !errors.Is(err, connector.ErrUnavailable) {
			t.Fatalf("Ready: %v", err)
		}
		if (err == nil) == ready {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("Ready is still %v", err)
		}
	}
}
