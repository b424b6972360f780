package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/productsupcom/cde/server/connector"
)

// Load changes the records that it is given, by PUTs of which each is another change and by rollbacks,
// remembers how each was answered, and judges a store by it. It is for tests that break something meanwhile.
type Load struct {
	// Records are what is changed, as they were imported. Each must have been in production and have a migration,
	// as [Record] has.
	Records []connector.Record
	// Do makes one change, over whatever way is tested. Its error is nil, [connector.ErrUnavailable]
	// if it was refused and nothing changed, or [connector.ErrOutcomeUnknown]; others fail the check.
	Do func(context.Context, Attempt) error
	// Pause is how long a worker waits after a change that failed.
	Pause time.Duration

	next  atomic.Int64
	mu    sync.Mutex
	sent  map[string]Attempt // by request id
	fates map[string]fate
	odd   map[string]error // what no store may answer
	last  time.Time        // of the last acknowledgement
	gap   time.Duration
}

// Attempt is one change that a [Load] makes.
type Attempt struct {
	PublicID   connector.PublicID
	Number     int    // of the version
	RequestID  string // names the attempt; it must reach the history
	Constraint string // what to PUT; empty for a rollback
}

// Figures count the attempts of a [Load].
type Figures struct {
	Acknowledged int           // were answered as done
	Refused      int           // were answered as not done
	Unknown      int           // were answered as unknown, or not at all
	Found        int           // of the unknown ones, how many had been done
	Events       int           // in the histories
	Gap          time.Duration // the longest time without an acknowledgement, between two of them
}

// String returns the figures on one line.
func (f Figures) String() string {
	return fmt.Sprintf("acknowledged %d, lost 0, refused %d, unknown %d (of which done %d), events %d, gap %v",
		f.Acknowledged, f.Refused, f.Unknown, f.Found, f.Events, f.Gap.Round(time.Millisecond))
}

type fate int

const (
	acknowledged fate = iota
	refused
	unknown
)

// Run has the workers make changes, each for itself, until ctx ends or together they have begun as many
// attempts as limit says (0: no limit), and waits for the answers, for each a minute at most. It may run again.
func (l *Load) Run(ctx context.Context, workers, limit int) {
	end := l.next.Load() + int64(limit)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for ctx.Err() == nil {
				n := l.next.Add(1)
				if limit > 0 && n > end {
					return
				}
				if !l.attempt(ctx, int(n)) && l.Pause > 0 {
					time.Sleep(l.Pause)
				}
			}
		})
	}
	all.Wait()
}

func (l *Load) attempt(ctx context.Context, n int) (done bool) {
	r := l.Records[n%len(l.Records)]
	v := r.Versions[n/len(l.Records)%len(r.Versions)]
	a := Attempt{PublicID: r.PublicID, Number: v.Number(), RequestID: "load-" + strconv.Itoa(n), Constraint: "1.0." + strconv.Itoa(n)}
	if n%10 == 0 {
		a.Constraint = ""
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	err := l.Do(ctx, a)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sent == nil {
		l.sent, l.fates, l.odd = map[string]Attempt{}, map[string]fate{}, map[string]error{}
	}
	l.sent[a.RequestID] = a
	switch {
	case err == nil:
		l.fates[a.RequestID] = acknowledged
		if now := time.Now(); l.last.IsZero() {
			l.last = now
		} else {
			l.gap, l.last = max(l.gap, now.Sub(l.last)), now
		}
	case errors.Is(err, connector.ErrOutcomeUnknown):
		l.fates[a.RequestID] = unknown
	case errors.Is(err, connector.ErrUnavailable):
		l.fates[a.RequestID] = refused
	default:
		l.odd[a.RequestID] = err
	}
	return err == nil
}

// Acknowledged returns how many attempts have been answered as done by now.
func (l *Load) Acknowledged() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for fate := range maps.Values(l.fates) {
		if fate == acknowledged {
			n++
		}
	}
	return n
}

// Await returns when n more attempts have been answered as done, or fails the test after a minute.
func (l *Load) Await(t testing.TB, n int) {
	t.Helper()
	n += l.Acknowledged()
	for deadline := time.Now().Add(time.Minute); l.Acknowledged() < n; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("in a minute only %d of %d changes were acknowledged", l.Acknowledged(), n)
		}
	}
}

// Check fails the test unless the store holds exactly what was answered: every acknowledged change has one
// event, no refused one has any, no event is doubled or out of nowhere, and each history leads from the
// version that was imported to the one that is there.
func (l *Load) Check(t *testing.T, store connector.Store) Figures {
	t.Helper()
	f := l.figures(t)
	found := map[string]int{}
	for _, r := range l.Records {
		for _, v := range r.Versions {
			events, now := settled(t, store, r.PublicID, v.Number())
			replay(t, v, now, events)
			rollbacks := 0
			for _, e := range events {
				found[e.RequestID]++
				a, ok := l.sent[e.RequestID]
				if !ok || a.PublicID != r.PublicID || a.Number != v.Number() {
					t.Errorf("event %d of version %d of %s came out of nowhere: %s", e.Sequence, v.Number(), r.PublicID, e.RequestID)
				}
				if a.Constraint == "" {
					rollbacks++
				}
			}
			if _, done := now.ExecutableInUse(); done != (rollbacks == 1) || rollbacks > 1 {
				t.Errorf("version %d of %s was rolled back: %v, with %d events", v.Number(), r.PublicID, done, rollbacks)
			}
			f.Events += len(events)
		}
	}
	l.compare(t, store, found, &f)
	return f
}

func (l *Load) figures(t *testing.T) (f Figures) {
	f.Gap = l.gap
	for id, err := range l.odd {
		t.Errorf("%s failed: %v", id, err)
	}
	for _, fate := range l.fates {
		switch fate {
		case acknowledged:
			f.Acknowledged++
		case refused:
			f.Refused++
		case unknown:
			f.Unknown++
		}
	}
	return f
}

// compare judges each attempt by the events that were found of it.
func (l *Load) compare(t *testing.T, store connector.Store, found map[string]int, f *Figures) {
	t.Helper()
	for _, id := range slices.Sorted(maps.Keys(l.fates)) {
		a, n := l.sent[id], found[id]
		switch fate := l.fates[id]; {
		case n > 1:
			t.Errorf("%s is there %d times", id, n)
		case fate == unknown:
			f.Found += n
		case fate == refused && n > 0:
			t.Errorf("%s was refused and is there", id)
		case fate == acknowledged && a.Constraint != "" && n == 0:
			t.Errorf("%s was acknowledged and is lost", id)
		case fate == acknowledged && a.Constraint == "":
			if _, done := mustVersion(t, store, a.PublicID, a.Number).ExecutableInUse(); !done {
				t.Errorf("%s, a rollback, was acknowledged and is lost", id)
			}
		}
	}
}

// Through returns what a [Load] does to change stores directly, each change another one of them.
func Through(t testing.TB, stores ...connector.Store) func(context.Context, Attempt) error {
	var services []*connector.Service
	for _, store := range stores {
		s, err := connector.New(store, connector.Options{})
		if err != nil {
			t.Fatal(err)
		}
		services = append(services, s)
	}
	var next atomic.Int64
	return func(ctx context.Context, a Attempt) error {
		selector, err := connector.ParseSelector(strconv.Itoa(a.Number))
		if err != nil {
			return err
		}
		s := services[int(next.Add(1))%len(services)]
		r := connector.Request{Caller: connector.Caller{Subject: "load", Admin: true}, PublicID: a.PublicID,
			Selector: selector, RequestID: a.RequestID}
		if a.Constraint == "" {
			r.Operation = "rollbackMigration"
			_, err = s.RollbackMigration(ctx, r)
			return err
		}
		r.Operation = "updateContainerApiVersion"
		_, err = s.UpdateContainerAPIVersion(ctx, r, connector.ContainerAPI{VersionConstraint: a.Constraint})
		return err
	}
}

// Import imports the records, or fails the test.
func Import(t testing.TB, store connector.Store, records ...connector.Record) {
	t.Helper()
	if _, err := store.Import(t.Context(), each(records...)); err != nil {
		t.Fatal(err)
	}
}
