package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/connector/storetest"
	"github.com/productsupcom/cde/server/postgres"
	"github.com/productsupcom/cde/server/postgres/postgrestest"
)

// replicas opens n stores on one empty database at once.
func replicas(t *testing.T, address string, n int, o postgres.Options) []connector.Store {
	t.Helper()
	stores := make([]connector.Store, n)
	var all sync.WaitGroup
	for i := range stores {
		all.Go(func() {
			s, err := postgres.Open(t.Context(), address, o)
			if err != nil {
				t.Error(err)
				return
			}
			stores[i] = s
			t.Cleanup(func() { _ = s.Close() })
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return stores
}

func records(n, versions int) []connector.Record {
	all := make([]connector.Record, n)
	for i := range all {
		all[i] = storetest.Record(i+1, versions)
	}
	return all
}

func TestReplicasLoseNothing(t *testing.T) {
	for _, n := range []int{2, 4} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			const attempts = 2000
			stores := replicas(t, postgrestest.Address(t), n, postgres.Options{})
			load := storetest.Load{Records: records(5, 2), Do: storetest.Through(t, stores...)}
			storetest.Import(t, stores[0], load.Records...)
			load.Run(t.Context(), 32, attempts)
			f := load.Check(t, stores[n-1])
			t.Logf("%d stores: %v", n, f)
			if f.Acknowledged != attempts {
				t.Errorf("acknowledged %d of %d", f.Acknowledged, attempts)
			}
		})
	}
}

func TestReplicasAreLinearizable(t *testing.T) {
	storetest.Linearizable(t, replicas(t, postgrestest.Address(t), 3, postgres.Options{})...)
}

// Imports that replace connectors again and again must not let a change through that looked at an older one.
func TestChangesDuringImports(t *testing.T) {
	stores := replicas(t, postgrestest.Address(t), 2, postgres.Options{})
	r := storetest.Record(1, 2)
	storetest.Import(t, stores[0], r)
	do := storetest.Through(t, stores...)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var changes, importing sync.WaitGroup
	var done int
	importing.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			one := r
			one.Versions, one.Main = r.Versions[i%2:], nil // version 1 comes and goes
			storetest.Import(t, stores[1], one)
		}
	})
	var mu sync.Mutex
	for w := range 8 {
		changes.Go(func() {
			for i := range 25 {
				a := storetest.Attempt{PublicID: r.PublicID, Number: 1 + i%2, RequestID: "x", Constraint: fmt.Sprintf("1.%d.%d", w, i)}
				err := do(t.Context(), a)
				switch {
				case err == nil:
					mu.Lock()
					done++
					mu.Unlock()
				case !errors.Is(err, connector.ErrVersionNotFound) && !errors.Is(err, connector.ErrUnavailable):
					t.Error(err)
				}
			}
		})
	}
	changes.Wait()
	stop()
	importing.Wait()
	if done < 50 {
		t.Errorf("only %d changes came through", done)
	}
	storetest.Import(t, stores[0], r)
	for _, v := range r.Versions {
		last := int64(0)
		for e, err := range stores[0].History(t.Context(), r.PublicID, v.Number(), 0) {
			if last++; err != nil || e.Sequence != last {
				t.Fatalf("event %d: %v, %v", last, e, err)
			}
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	address := postgrestest.Address(t)
	if _, err := postgres.Open(t.Context(), address, postgres.Options{MustExist: true}); !errors.Is(err, postgres.ErrForeign) {
		t.Errorf("an empty database that must exist: %v", err)
	}
	open(t, address, postgres.Options{}).Close()
	open(t, address, postgres.Options{MustExist: true}).Close()
	postgrestest.Exec(t, address, "UPDATE cde_schema SET version = version + 1")
	if _, err := postgres.Open(t.Context(), address, postgres.Options{}); !errors.Is(err, postgres.ErrNewerSchema) {
		t.Errorf("a newer schema: %v", err)
	}
	for _, bad := range []string{"", "://", "postgres://u:s3cret@host:port/x", "postgres://u:s3cret@h/x?sslmode=s3cret", "postgres://u:s3cret%@h/x"} {
		_, err := postgres.Open(t.Context(), bad, postgres.Options{})
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("Open(%q): %v", bad, err)
		}
	}
	_, err := postgres.Open(t.Context(), "postgres://u:s3cret@127.0.0.1:1/x?application_name=s3cret", postgres.Options{})
	if !errors.Is(err, connector.ErrUnavailable) || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestBulkInBoundedMemory(t *testing.T) {
	storetest.BoundedMemory(t, open(t, postgrestest.Address(t), postgres.Options{}))
}
