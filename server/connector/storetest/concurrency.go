package storetest

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/productsupcom/cde/server/connector"
)

// writers is how many edits run at once.
const writers = 128

func (s *suite) testConcurrency(t *testing.T) {
	subtests(t, []subtest{
		{"edits of one version are all there", s.editsOfOneVersion},
		{"edits of many versions do not disturb each other", s.editsOfManyVersions},
		{"refused edits do not disturb the others", s.refusedEdits},
		{"an edit whose context ends is there or not, and said so", s.endingContexts},
		{"Apply is given what the last commit left", s.applySeesTheLastCommit},
		{"reads do not wait for writes", s.readsDuringWrites},
	})
}

// together runs f(0) to f(n-1) at once and waits for all.
func together(n int, f func(int)) {
	var group sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		group.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	group.Wait()
}

func (s *suite) editsOfOneVersion(t *testing.T) {
	r := Record(1, 1)
	store := s.store(t, r)
	svc, owner := service(t, store), request(t, 1, "1")
	together(writers, func(i int) {
		v, err := put(t.Context(), svc, owner, i)
		if want := "1.0." + strconv.Itoa(i); err != nil || v.ContainerAPI().VersionConstraint != want {
			t.Errorf("put %s: %v, %s", want, err, v.ContainerAPI().VersionConstraint)
		}
		if i%8 == 0 {
			if _, err := svc.RollbackMigration(t.Context(), owner); err != nil {
				t.Errorf("rollback: %v", err)
			}
		}
	})
	events := mustHistory(t, store, r.PublicID, 1)
	if len(events) != writers+1 {
		t.Errorf("%d events of %d puts and one effective rollback", len(events), writers)
	}
	replay(t, r.Versions[0], mustVersion(t, store, r.PublicID, 1), events)
}

func (s *suite) editsOfManyVersions(t *testing.T) {
	const connectors, rounds = 16, 2
	var records []connector.Record
	for n := 1; n <= connectors; n++ {
		records = append(records, Record(n, 2))
	}
	store := s.store(t, records...)
	svc := service(t, store)
	together(writers, func(i int) {
		r := request(t, 1+i%connectors, strconv.Itoa(1+i/connectors%2))
		for round := range rounds {
			if _, err := put(t.Context(), svc, r, i*rounds+round); err != nil {
				t.Error(err)
			}
		}
	})
	for _, r := range records {
		for _, v := range r.Versions {
			events := mustHistory(t, store, r.PublicID, v.Number())
			if want := writers * rounds / connectors / 2; len(events) != want {
				t.Errorf("version %d of %s has %d events, not %d", v.Number(), r.PublicID, len(events), want)
			}
			replay(t, v, mustVersion(t, store, r.PublicID, v.Number()), events)
		}
	}
}

func (s *suite) refusedEdits(t *testing.T) {
	r, other := Record(1, 1), Record(2, 1)
	store := s.store(t, r, other)
	svc := service(t, store)
	together(writers, func(i int) {
		owner := request(t, 1, "1")
		var want error
		switch i % 4 {
		case 1:
			owner.Caller.Subject, want = "a stranger", connector.ErrAccessDenied
		case 2:
			owner.Selector, want = request(t, 1, "2").Selector, connector.ErrVersionNotFound
		case 3:
			owner.PublicID, want = Record(3, 1).PublicID, connector.ErrConnectorNotFound
		}
		if _, err := put(t.Context(), svc, owner, i); !errors.Is(err, want) {
			t.Errorf("edit %d: got %v, want %v", i, err, want)
		}
	})
	events := mustHistory(t, store, r.PublicID, 1)
	if len(events) != writers/4 {
		t.Errorf("%d events of %d good edits", len(events), writers/4)
	}
	replay(t, r.Versions[0], mustVersion(t, store, r.PublicID, 1), events)
	untouched(t, store, other, 1)
}

func (s *suite) endingContexts(t *testing.T) {
	r := Record(1, 1)
	store := s.store(t, r)
	svc, owner := service(t, store), request(t, 1, "1")
	var mu sync.Mutex
	there := map[string]bool{} // by constraint; missing if unknown
	together(writers, func(i int) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*100*time.Microsecond)
		defer cancel()
		_, err := put(ctx, svc, owner, i)
		mu.Lock()
		defer mu.Unlock()
		switch constraint := `"1.0.` + strconv.Itoa(i) + `"`; {
		case err == nil:
			there[constraint] = true
		case errors.Is(err, connector.ErrOutcomeUnknown):
		case errors.Is(err, context.DeadlineExceeded):
			there[constraint] = false
		default:
			t.Errorf("put %d: %v", i, err)
		}
	})
	events, version := settled(t, store, r.PublicID, 1)
	replay(t, r.Versions[0], version, events)
	found := map[string]bool{}
	for _, e := range events {
		for _, c := range e.Changes {
			found[string(c.After)] = true
		}
	}
	for constraint, want := range there {
		if found[constraint] != want {
			t.Errorf("%s: answered %v, but in the history: %v", constraint, want, found[constraint])
		}
	}
}

func (s *suite) applySeesTheLastCommit(t *testing.T) {
	r := Record(1, 1)
	store := s.store(t, r)
	svc, owner := service(t, store), request(t, 1, "1")
	var committed atomic.Int64 // puts that were answered
	together(8, func(i int) {
		for round := range 8 {
			before := committed.Load()
			_, err := store.Change(t.Context(), connector.Edit{PublicID: r.PublicID, Selector: owner.Selector,
				Apply: func(v connector.Version) (connector.Version, *connector.Event, error) {
					if before > 0 && v.Equal(r.Versions[0]) {
						t.Error("Apply was given a version older than an answered commit")
					}
					return v, nil, nil
				}})
			if err != nil {
				t.Error(err)
			}
			if _, err := put(t.Context(), svc, owner, i*8+round); err != nil {
				t.Error(err)
			}
			committed.Add(1)
		}
	})
}

func (s *suite) readsDuringWrites(t *testing.T) {
	r := Record(1, 1)
	store := s.store(t, r)
	svc, owner := service(t, store), request(t, 1, "1")
	last := int64(0)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 64 {
			if _, err := put(t.Context(), svc, owner, i); err != nil {
				t.Error(err)
			}
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		v := mustVersion(t, store, r.PublicID, 1)
		events := mustHistory(t, store, r.PublicID, 1)
		if n := int64(len(events)); n < last || n == 0 && !v.Equal(r.Versions[0]) {
			t.Fatalf("%d events after %d, or none of a changed version", n, last)
		}
		last = int64(len(events))
	}
	replay(t, r.Versions[0], mustVersion(t, store, r.PublicID, 1), mustHistory(t, store, r.PublicID, 1))
}
