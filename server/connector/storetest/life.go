package storetest

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/productsupcom/cde/server/connector"
)

func (s *suite) testLife(t *testing.T) {
	subtests(t, []subtest{
		{"is ready, and changes nothing by saying so", s.ready},
		{"after Close every call is unavailable", s.closed},
		{"what was answered is there when it is opened again", s.reopened},
	})
}

// patch returns i of a version that was put to 1.0.i, 0 if it never was.
func patch(r connector.Record) int {
	i, _ := strconv.Atoi(strings.TrimPrefix(r.Versions[0].ContainerAPI().VersionConstraint, "1.0."))
	return i
}

func (s *suite) ready(t *testing.T) {
	r := Record(1, 1)
	store := s.store(t, r)
	for range 3 {
		if err := store.Ready(t.Context()); err != nil {
			t.Error(err)
		}
	}
	untouched(t, store, r, 1)
	onlyHas(t, store, r)
}

func (s *suite) closed(t *testing.T) {
	r := Record(1, 1)
	store := s.store(t, r)
	svc := service(t, store)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	ctx := context.WithoutCancel(t.Context())
	unavailable := connector.ErrUnavailable
	_, err := put(ctx, svc, request(t, 1, "1"), 1)
	wantError(t, "Change", err, unavailable)
	_, err = store.Connector(ctx, r.PublicID)
	wantError(t, "Connector", err, unavailable)
	_, err = store.Version(ctx, r.PublicID, 1)
	wantError(t, "Version", err, unavailable)
	_, err = collect(store.List(ctx))
	wantError(t, "List", err, unavailable)
	_, err = collect(store.History(ctx, r.PublicID, 1, 0))
	wantError(t, "History", err, unavailable)
	_, err = store.Import(ctx, each(r))
	wantError(t, "Import", err, unavailable)
	_, err = collect(store.Export(ctx))
	wantError(t, "Export", err, unavailable)
	wantError(t, "Ready", store.Ready(ctx), unavailable)
}

func (s *suite) reopened(t *testing.T) {
	if s.reopen == nil {
		t.Skip("the store was not given with WithReopen: it keeps nothing")
	}
	r := Record(1, 2)
	store := s.store(t, r, Samples()[0])
	svc := service(t, store)
	want := mustPut(t, svc, request(t, 1, "2"), 1)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	again := s.reopen(t, store)
	t.Cleanup(func() { _ = again.Close() })
	if got := mustVersion(t, again, r.PublicID, 2); !got.Equal(want) {
		t.Errorf("version 2 is %s", got.JSON())
	}
	untouched(t, again, r, 1)
	untouched(t, again, Samples()[0], 1)
	mustPut(t, service(t, again), request(t, 1, "2"), 2)
	replay(t, r.Versions[1], mustVersion(t, again, r.PublicID, 2), mustHistory(t, again, r.PublicID, 2))
}
