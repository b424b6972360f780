package storetest

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/productsupcom/cde/server/connector"
)

// Memory is a connector.Store that forgets everything in the end: for tests and benchmarks of what stands above a
// store. It passes the suite, but what it holds is not durable. Make one with [NewMemory].
type Memory struct {
	mu         sync.RWMutex // of the map and closed; held for reading by edits
	connectors map[connector.PublicID]*kept
	histories  map[key][]connector.Event // guarded by the connector's mu
	closed     bool
	events     sync.Mutex // of histories
}

type key struct {
	id     connector.PublicID
	number int
}

// kept is one connector and its versions, in rising order.
type kept struct {
	mu        sync.Mutex
	connector connector.Connector
	versions  []connector.Version
}

// NewMemory returns a store that holds the records.
func NewMemory(records ...connector.Record) *Memory {
	m := &Memory{connectors: map[connector.PublicID]*kept{}, histories: map[key][]connector.Event{}}
	_, _ = m.Import(context.Background(), each(records...))
	return m
}

// usable reports why a call cannot be served; m.mu is held.
func (m *Memory) usable(ctx context.Context) error {
	if m.closed {
		return &connector.UnavailableError{RetryAfter: time.Second}
	}
	return ctx.Err()
}

// find returns the connector, with m.mu held for reading until the caller calls done.
func (m *Memory) find(ctx context.Context, id connector.PublicID) (k *kept, done func(), err error) {
	m.mu.RLock()
	if err := m.usable(ctx); err != nil {
		m.mu.RUnlock()
		return nil, nil, err
	}
	k = m.connectors[id]
	if k == nil {
		m.mu.RUnlock()
		return nil, nil, connector.ErrConnectorNotFound
	}
	return k, m.mu.RUnlock, nil
}

// Change implements connector.Store.
func (m *Memory) Change(ctx context.Context, e connector.Edit) (connector.Version, error) {
	k, done, err := m.find(ctx, e.PublicID)
	if err != nil {
		return connector.Version{}, err
	}
	defer done()
	k.mu.Lock()
	defer k.mu.Unlock()
	if e.Admit != nil {
		if err := e.Admit(k.connector); err != nil {
			return connector.Version{}, err
		}
	}
	number, err := e.Selector.Resolve(k.connector)
	if err != nil {
		return connector.Version{}, err
	}
	at, _ := k.index(number)
	next, event, err := e.Apply(k.versions[at])
	if err != nil {
		return connector.Version{}, err
	}
	if event != nil {
		k.versions[at] = next
		m.record(key{e.PublicID, number}, *event)
	}
	return next, nil
}

// record appends the event to the version's history.
func (m *Memory) record(k key, e connector.Event) {
	m.events.Lock()
	defer m.events.Unlock()
	e.Sequence = int64(len(m.histories[k])) + 1
	m.histories[k] = append(m.histories[k], e)
}

func (k *kept) index(number int) (int, bool) {
	return slices.BinarySearchFunc(k.versions, number, func(v connector.Version, n int) int { return v.Number() - n })
}

// Connector implements connector.Store.
func (m *Memory) Connector(ctx context.Context, id connector.PublicID) (connector.Connector, error) {
	k, done, err := m.find(ctx, id)
	if err != nil {
		return connector.Connector{}, err
	}
	defer done()
	return k.connector, nil
}

// Version implements connector.Store.
func (m *Memory) Version(ctx context.Context, id connector.PublicID, number int) (connector.Version, error) {
	k, done, err := m.find(ctx, id)
	if err != nil {
		return connector.Version{}, err
	}
	defer done()
	k.mu.Lock()
	defer k.mu.Unlock()
	at, found := k.index(number)
	if !found {
		return connector.Version{}, connector.ErrVersionNotFound
	}
	return k.versions[at], nil
}

// List implements connector.Store.
func (m *Memory) List(ctx context.Context) iter.Seq2[connector.Connector, error] {
	return func(yield func(connector.Connector, error) bool) {
		for r, err := range m.Export(ctx) {
			if !yield(r.Connector(), err) {
				return
			}
		}
	}
}

// History implements connector.Store.
func (m *Memory) History(ctx context.Context, id connector.PublicID, number int, after int64) iter.Seq2[connector.Event, error] {
	return func(yield func(connector.Event, error) bool) {
		if _, err := m.Version(ctx, id, number); err != nil {
			yield(connector.Event{}, err)
			return
		}
		m.events.Lock()
		events := m.histories[key{id, number}]
		m.events.Unlock()
		for _, e := range events[min(max(after, 0), int64(len(events))):] {
			if err := ctx.Err(); err != nil {
				yield(connector.Event{}, err)
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Import implements connector.Store, but holds the records in memory.
func (m *Memory) Import(ctx context.Context, records iter.Seq2[connector.Record, error]) (connector.ImportResult, error) {
	var all []connector.Record
	for r, err := range records {
		if err != nil {
			return connector.ImportResult{}, err
		}
		if err := ctx.Err(); err != nil {
			return connector.ImportResult{}, err
		}
		all = append(all, r)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return connector.ImportResult{}, err
	}
	var result connector.ImportResult
	for _, r := range all {
		result.Connectors++
		result.Versions += len(r.Versions)
		if m.connectors[r.PublicID] != nil {
			result.Replaced++
		}
		m.connectors[r.PublicID] = &kept{connector: r.Connector(), versions: slices.Clone(r.Versions)}
	}
	return result, nil
}

// Export implements connector.Store, but holds the records in memory.
func (m *Memory) Export(ctx context.Context, ids ...connector.PublicID) iter.Seq2[connector.Record, error] {
	return func(yield func(connector.Record, error) bool) {
		records, err := m.snapshot(ctx, ids)
		for _, r := range records {
			if err = ctx.Err(); err != nil {
				break
			}
			if !yield(r, nil) {
				return
			}
		}
		if err != nil {
			yield(connector.Record{}, err)
		}
	}
}

// snapshot returns records as of one moment: nobody edits while it holds m.mu.
func (m *Memory) snapshot(ctx context.Context, ids []connector.PublicID) ([]connector.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		for id := range m.connectors {
			ids = append(ids, id)
		}
	}
	ids = slices.Clone(ids)
	slices.SortFunc(ids, func(a, b connector.PublicID) int { return bytes.Compare(a[:], b[:]) })
	var records []connector.Record
	for _, id := range slices.Compact(ids) {
		k := m.connectors[id]
		if k == nil {
			return nil, connector.ErrConnectorNotFound
		}
		c := k.connector
		records = append(records, connector.Record{PublicID: id, Owner: c.Owner, Integrator: c.Integrator,
			Main: c.Main, Versions: slices.Clone(k.versions)})
	}
	return records, nil
}

// Ready implements connector.Store.
func (m *Memory) Ready(ctx context.Context) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.usable(ctx)
}

// Close implements connector.Store.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}
