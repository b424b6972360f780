package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/productsupcom/cde/server/connector"
)

func (s *suite) testChange(t *testing.T) {
	subtests(t, []subtest{
		{"finds the connector first", s.changeFindsTheConnectorFirst},
		{"asks Admit before it resolves the selector", s.changeAsksAdmit},
		{"resolves the selector before it asks Apply", s.changeResolves},
		{"gives Apply the version the selector means", s.changeGivesTheVersion},
		{"returns the error of Apply as it is and writes nothing", s.changeReturnsErrors},
		{"writes version and event", s.changeWrites},
		{"writes nothing without an event, and answers all the same", s.changeWithoutEvent},
		{"admits without Admit", s.changeWithoutAdmit},
		{"leaves other versions alone", s.changeLeavesOthersAlone},
		{"keeps every byte of the document", s.changeKeepsBytes},
		{"does nothing in a context that has ended", s.changeInEndedContext},
	})
}

var errRefused = errors.New("refused")

// apply changes a version as a put does, without a service.
func apply(v connector.Version) (connector.Version, *connector.Event, error) {
	next, event := v, (*connector.Event)(nil)
	recorder := recorder{change: func(e connector.Edit) (err error) {
		next, event, err = e.Apply(v)
		return err
	}}
	svc, err := connector.New(recorder, connector.Options{})
	if err == nil {
		_, err = put(context.Background(), svc, connector.Request{}, 999)
	}
	return next, event, err
}

// recorder is a store that hands an edit on.
type recorder struct {
	connector.Store
	change func(connector.Edit) error
}

func (r recorder) Change(_ context.Context, e connector.Edit) (connector.Version, error) {
	return connector.Version{}, r.change(e)
}

func never(t *testing.T, what string) func(connector.Version) (connector.Version, *connector.Event, error) {
	return func(v connector.Version) (connector.Version, *connector.Event, error) {
		t.Errorf("Apply was asked about %s", what)
		return v, nil, nil
	}
}

func (s *suite) changeFindsTheConnectorFirst(t *testing.T) {
	store := s.store(t, Record(1, 1))
	_, err := store.Change(t.Context(), connector.Edit{
		PublicID: Record(2, 1).PublicID,
		Admit: func(connector.Connector) error {
			t.Error("Admit was asked about a connector that does not exist")
			return nil
		},
		Apply: never(t, "a connector that does not exist"),
	})
	if !errors.Is(err, connector.ErrConnectorNotFound) {
		t.Errorf("got %v", err)
	}
}

func (s *suite) changeAsksAdmit(t *testing.T) {
	r := Deleted(Record(1, 3), 2)
	store := s.store(t, r)
	var got connector.Connector
	_, err := store.Change(t.Context(), connector.Edit{
		PublicID: r.PublicID,
		Selector: request(t, 1, "9").Selector,
		Admit: func(c connector.Connector) error {
			got = c
			return errRefused
		},
		Apply: never(t, "an edit that was not admitted"),
	})
	if !errors.Is(err, errRefused) {
		t.Errorf("got %v, want the error of Admit", err)
	}
	if diff := cmp.Diff(r.Connector(), got); diff != "" {
		t.Errorf("Admit got another connector (-want +got):\n%s", diff)
	}
}

func (s *suite) changeResolves(t *testing.T) {
	r := Deleted(Record(1, 2), 2)
	store := s.store(t, r)
	for _, selector := range []string{"0", "2", "3", "main", "007", "1234567890123456789012345678901234567890"} {
		_, err := store.Change(t.Context(), connector.Edit{
			PublicID: r.PublicID,
			Selector: request(t, 1, selector).Selector,
			Apply:    never(t, "version "+selector),
		})
		if !errors.Is(err, connector.ErrVersionNotFound) {
			t.Errorf("%s: got %v", selector, err)
		}
	}
}

func (s *suite) changeGivesTheVersion(t *testing.T) {
	r := Deleted(Record(1, 4), 4)
	two := 2
	r.Main = &two
	store := s.store(t, r)
	for selector, number := range map[string]int{"1": 1, "main": 2, "latest": 3} {
		got, err := store.Change(t.Context(), connector.Edit{
			PublicID: r.PublicID,
			Selector: request(t, 1, selector).Selector,
			Apply: func(v connector.Version) (connector.Version, *connector.Event, error) {
				if !v.Equal(r.Versions[number-1]) {
					t.Errorf("%s: Apply got %s", selector, v.JSON())
				}
				return v, nil, nil
			},
		})
		if err != nil || got.Number() != number {
			t.Errorf("%s: got version %d, %v", selector, got.Number(), err)
		}
	}
}

func (s *suite) changeReturnsErrors(t *testing.T) {
	r := Record(1, 1)
	store := s.store(t, r)
	for _, want := range []error{errRefused, &connector.RefusalError{Message: "no"}} {
		_, err := store.Change(t.Context(), connector.Edit{
			PublicID: r.PublicID,
			Selector: request(t, 1, "1").Selector,
			Apply: func(v connector.Version) (connector.Version, *connector.Event, error) {
				next, event, _ := apply(v)
				return next, event, want
			},
		})
		if !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	untouched(t, store, r, 1)
}

func (s *suite) changeWrites(t *testing.T) {
	r := Record(1, 1)
	store := s.store(t, r)
	svc := service(t, store)
	for i := 1; i <= 3; i++ {
		answer := mustPut(t, svc, request(t, 1, "latest"), i)
		if kept := mustVersion(t, store, r.PublicID, 1); !kept.Equal(answer) {
			t.Fatalf("change %d: the store has another version than it answered", i)
		}
		if n := len(mustHistory(t, store, r.PublicID, 1)); n != i {
			t.Fatalf("%d events after change %d", n, i)
		}
	}
	if _, err := svc.RollbackMigration(t.Context(), request(t, 1, "main")); err != nil {
		t.Fatal(err)
	}
	last := mustVersion(t, store, r.PublicID, 1)
	if _, ok := last.ExecutableInUse(); !ok {
		t.Error("the executable in use was not kept")
	}
	replay(t, r.Versions[0], last, mustHistory(t, store, r.PublicID, 1))
}

func (s *suite) changeWithoutEvent(t *testing.T) {
	r := Record(1, 1)
	store := s.store(t, r)
	var other connector.Version
	got, err := store.Change(t.Context(), connector.Edit{
		PublicID: r.PublicID,
		Selector: request(t, 1, "1").Selector,
		Apply: func(v connector.Version) (connector.Version, *connector.Event, error) {
			var err error
			other, _, err = apply(v)
			return other, nil, err
		},
	})
	if err != nil || !got.Equal(other) || got.Equal(r.Versions[0]) {
		t.Errorf("the answer is not what Apply returned: %v, %s", err, got.JSON())
	}
	untouched(t, store, r, 1)
}

func (s *suite) changeWithoutAdmit(t *testing.T) {
	r := Record(1, 1)
	store := s.store(t, r)
	_, err := store.Change(t.Context(), connector.Edit{
		PublicID: r.PublicID, Selector: request(t, 1, "1").Selector, Apply: apply})
	if err != nil {
		t.Error(err)
	}
}

func (s *suite) changeLeavesOthersAlone(t *testing.T) {
	r, other := Record(1, 3), Record(2, 1)
	store := s.store(t, r, other)
	mustPut(t, service(t, store), request(t, 1, "2"), 1)
	untouched(t, store, r, 1)
	untouched(t, store, r, 3)
	untouched(t, store, other, 1)
}

func (s *suite) changeKeepsBytes(t *testing.T) {
	r := Record(1, 1)
	store := s.store(t, r)
	before := fieldsOf(t, r.Versions[0])
	mustPut(t, service(t, store), request(t, 1, "1"), 1)
	after := fieldsOf(t, mustVersion(t, store, r.PublicID, 1))
	for _, e := range mustHistory(t, store, r.PublicID, 1) {
		for _, c := range e.Changes {
			before[c.Path] = string(c.After)
		}
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("more than the event tells was changed (-want +got):\n%s", diff)
	}
}

func (s *suite) changeInEndedContext(t *testing.T) {
	r := Record(1, 1)
	store := s.store(t, r)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := put(ctx, service(t, store), request(t, 1, "1"), 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	untouched(t, store, r, 1)
}
