package groupcommit_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/connector/storetest"
	"github.com/productsupcom/cde/server/groupcommit"
)

// table is a database of one record that counts its commits. Each waits for the gate, if there is one.
type table struct {
	mu      sync.Mutex
	record  connector.Record
	events  []connector.Event
	commits atomic.Int64
	largest atomic.Int64
	began   chan struct{}
	gate    chan error
}

func newTable() *table {
	return &table{record: storetest.Record(1, 1), began: make(chan struct{}, 100), gate: make(chan error)}
}

func (b *table) commit(batch *groupcommit.Batch) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.began <- struct{}{}
	if err := <-b.gate; err != nil {
		return err
	}
	found := map[connector.PublicID]connector.Connector{}
	for _, id := range batch.Connectors() {
		if id == b.record.PublicID {
			found[id] = b.record.Connector()
		}
	}
	batch.Admit(found)
	rows := map[groupcommit.Key]*groupcommit.Row{}
	for _, key := range batch.Versions() {
		rows[key] = &groupcommit.Row{Key: key, Version: b.record.Versions[0], Sequence: int64(len(b.events))}
	}
	batch.Apply(rows)
	for _, row := range batch.Changed() {
		b.record.Versions = []connector.Version{row.Version}
		b.events = append(b.events, row.Events...)
		b.largest.Store(max(b.largest.Load(), int64(len(row.Events))))
	}
	b.commits.Add(1)
	return nil
}

func edit(id connector.PublicID, apply func(connector.Version) (connector.Version, *connector.Event, error)) connector.Edit {
	latest, _ := connector.ParseSelector("latest")
	return connector.Edit{PublicID: id, Selector: latest, Apply: apply}
}

func changed(v connector.Version) (connector.Version, *connector.Event, error) {
	return v, &connector.Event{Operation: "test"}, nil
}

func TestOthersShareTheNextCommit(t *testing.T) {
	b := newTable()
	q := groupcommit.New(1, 0, b.commit)
	defer q.Close()
	const others = 50
	var all sync.WaitGroup
	change := func() {
		if _, err := q.Change(t.Context(), edit(b.record.PublicID, changed)); err != nil {
			t.Error(err)
		}
	}
	all.Go(change)
	<-b.began // the first is alone, and did not wait
	for range others {
		all.Go(change)
	}
	q.Await(others)
	b.gate <- nil
	<-b.began
	b.gate <- nil
	all.Wait()
	if n, largest := b.commits.Load(), b.largest.Load(); n != 2 || largest != others {
		t.Errorf("%d commits, the largest of %d edits; want 2 and %d", n, largest, others)
	}
	for i, e := range b.events {
		if e.Sequence != int64(i)+1 {
			t.Errorf("event %d has sequence %d", i+1, e.Sequence)
		}
	}
}

func TestEachItsOwnAnswer(t *testing.T) {
	b := newTable()
	q := groupcommit.New(1, 0, b.commit)
	defer q.Close()
	refusal := errors.New("refused")
	missing := storetest.Record(2, 1).PublicID
	rows := []struct {
		name string
		edit connector.Edit
		want error
		says string
	}{
		{name: "changed", edit: edit(b.record.PublicID, changed)},
		{name: "refused", edit: edit(b.record.PublicID, func(v connector.Version) (connector.Version, *connector.Event, error) { return v, nil, refusal }), want: refusal},
		{name: "missing", edit: edit(missing, changed), want: connector.ErrConnectorNotFound},
		{name: "no version", edit: connector.Edit{PublicID: b.record.PublicID, Apply: changed}, want: connector.ErrVersionNotFound},
		{name: "panics", edit: edit(b.record.PublicID, func(connector.Version) (connector.Version, *connector.Event, error) { panic("oops") }), says: "oops"},
		{name: "changed too", edit: edit(b.record.PublicID, changed)},
	}
	var all sync.WaitGroup
	all.Go(func() { _ = q.Probe(t.Context()) })
	<-b.began
	for _, row := range rows {
		all.Go(func() {
			_, err := q.Change(t.Context(), row.edit)
			if !errors.Is(err, row.want) && row.says == "" || row.says != "" && (err == nil || !strings.Contains(err.Error(), row.says)) {
				t.Errorf("%s: %v", row.name, err)
			}
		})
	}
	q.Await(len(rows))
	b.gate <- nil
	b.gate <- nil
	all.Wait()
	if len(b.events) != 2 || b.commits.Load() != 2 {
		t.Errorf("%d events in %d commits", len(b.events), b.commits.Load())
	}
}

func TestCallerLeaves(t *testing.T) {
	b := newTable()
	q := groupcommit.New(1, 0, b.commit)
	running, leave := context.WithCancel(t.Context())
	queued, leaveQueue := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { _, err := q.Change(running, edit(b.record.PublicID, changed)); first <- err }()
	<-b.began
	go func() { _, err := q.Change(queued, edit(b.record.PublicID, changed)); second <- err }()
	q.Await(1)
	leave()
	leaveQueue()
	if err := <-first; !errors.Is(err, connector.ErrOutcomeUnknown) {
		t.Errorf("left while it ran: %v", err)
	}
	if err := <-second; !errors.Is(err, context.Canceled) || errors.Is(err, connector.ErrOutcomeUnknown) {
		t.Errorf("left while it waited: %v", err)
	}
	close(b.gate)
	q.Close()
	if len(b.events) != 1 {
		t.Errorf("%d events, want that of the edit that ran", len(b.events))
	}
	if _, err := q.Change(t.Context(), edit(b.record.PublicID, changed)); !errors.Is(err, connector.ErrUnavailable) || !errors.Is(err, groupcommit.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

func TestFailedCommitIsEverybodysAnswer(t *testing.T) {
	b := newTable()
	q := groupcommit.New(1, 0, b.commit)
	defer q.Close()
	answers := make(chan error, 3)
	change := func() { _, err := q.Change(t.Context(), edit(b.record.PublicID, changed)); answers <- err }
	go change()
	<-b.began
	go change()
	go change()
	q.Await(2)
	b.gate <- nil
	b.gate <- connector.ErrOutcomeUnknown
	unknown := 0
	for range 3 {
		if err := <-answers; errors.Is(err, connector.ErrOutcomeUnknown) {
			unknown++
		} else if err != nil {
			t.Error(err)
		}
	}
	if unknown != 2 {
		t.Errorf("%d outcomes unknown, want 2", unknown)
	}
}

func TestQueueIsBounded(t *testing.T) {
	b := newTable()
	q := groupcommit.New(1, 0, b.commit)
	go func() { _ = q.Probe(t.Context()) }()
	<-b.began
	for range groupcommit.MaxQueued {
		go func() { _ = q.Probe(t.Context()) }()
	}
	q.Await(groupcommit.MaxQueued)
	if err := q.Probe(t.Context()); !errors.Is(err, groupcommit.ErrFull) || !errors.Is(err, connector.ErrUnavailable) {
		t.Errorf("one too many: %v", err)
	}
	go func() {
		for range b.began {
		}
	}()
	close(b.gate)
	q.Close()
}
