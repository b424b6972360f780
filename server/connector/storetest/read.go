package storetest

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/productsupcom/cde/server/connector"
)

func (s *suite) testRead(t *testing.T) {
	subtests(t, []subtest{
		{"a connector with the numbers of its versions", s.readConnector},
		{"a version, also a deleted one", s.readVersion},
		{"what does not exist", s.readNothing},
		{"a list in the order of public ids", s.readList},
		{"sequences may be abandoned", s.abandonedSequences},
		{"in a context that has ended", s.readInEndedContext},
	})
}

func (s *suite) readConnector(t *testing.T) {
	records := []connector.Record{Deleted(Record(1, 12), 3), Record(2, 1), Samples()[0]}
	records[1].Main, records[1].Integrator = nil, ""
	store := s.store(t, records...)
	for _, r := range records {
		got, err := store.Connector(t.Context(), r.PublicID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r.Connector(), got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func (s *suite) readVersion(t *testing.T) {
	r := Deleted(Record(1, 2), 2)
	store := s.store(t, r, Samples()[0])
	untouched(t, store, r, 1)
	untouched(t, store, r, 2)
	untouched(t, store, Samples()[0], 1)
}

func (s *suite) readNothing(t *testing.T) {
	store := s.store(t, Record(1, 1))
	known, unknown := Record(1, 1).PublicID, Record(2, 1).PublicID
	_, err := store.Connector(t.Context(), unknown)
	wantError(t, "Connector", err, connector.ErrConnectorNotFound)
	_, err = store.Version(t.Context(), unknown, 1)
	wantError(t, "Version of no connector", err, connector.ErrConnectorNotFound)
	_, err = store.Version(t.Context(), known, 2)
	wantError(t, "Version", err, connector.ErrVersionNotFound)
	_, err = store.Version(t.Context(), known, 0)
	wantError(t, "Version 0", err, connector.ErrVersionNotFound)
	_, err = collect(store.History(t.Context(), unknown, 1, 0))
	wantError(t, "History of no connector", err, connector.ErrConnectorNotFound)
	_, err = collect(store.History(t.Context(), known, 2, 0))
	wantError(t, "History", err, connector.ErrVersionNotFound)
	_, err = collect(store.Export(t.Context(), unknown))
	wantError(t, "Export", err, connector.ErrConnectorNotFound)
}

func wantError(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got error %v, want %v", what, got, want)
	}
}

func (s *suite) readList(t *testing.T) {
	store := s.store(t)
	if all, err := collect(store.List(t.Context())); err != nil || len(all) != 0 {
		t.Errorf("an empty store lists %v, %v", all, err)
	}
	var records []connector.Record
	var want []connector.Connector
	for n := 1; n <= 300; n++ { // more than a page, whatever a store takes for one
		records = append(records, Record(n, 1+n%3))
		want = append(want, records[n-1].Connector())
	}
	slices.Reverse(records)
	if _, err := store.Import(t.Context(), each(records...)); err != nil {
		t.Fatal(err)
	}
	list := store.List(t.Context())
	for _, time := range []string{"first", "second"} {
		got, err := collect(list)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the %s time (-want +got):\n%s", time, diff)
		}
	}
}

// abandonedSequences leaves each sequence at its first element, often, and then writes.
func (s *suite) abandonedSequences(t *testing.T) {
	store := s.store(t, Record(1, 2), Record(2, 1))
	svc, owner := service(t, store), request(t, 1, "1")
	mustPut(t, svc, owner, 1)
	mustPut(t, svc, owner, 2)
	for range 50 {
		leave(t, store.List(t.Context()))
		leave(t, store.Export(t.Context()))
		leave(t, store.History(t.Context(), owner.PublicID, 1, 0))
	}
	mustPut(t, svc, owner, 3)
}

func leave[T any](t *testing.T, seq iter.Seq2[T, error]) {
	t.Helper()
	for _, err := range seq {
		if err != nil {
			t.Error(err)
		}
		return
	}
	t.Error("an empty sequence")
}

func (s *suite) readInEndedContext(t *testing.T) {
	r := Record(1, 1)
	store := s.store(t, r)
	mustPut(t, service(t, store), request(t, 1, "1"), 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := store.Connector(ctx, r.PublicID)
	wantError(t, "Connector", err, context.Canceled)
	_, err = store.Version(ctx, r.PublicID, 1)
	wantError(t, "Version", err, context.Canceled)
	_, err = collect(store.List(ctx))
	wantError(t, "List", err, context.Canceled)
	_, err = collect(store.History(ctx, r.PublicID, 1, 0))
	wantError(t, "History", err, context.Canceled)
	_, err = collect(store.Export(ctx))
	wantError(t, "Export", err, context.Canceled)
}
