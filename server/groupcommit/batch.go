package groupcommit

import (
	"bytes"
	"cmp"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/productsupcom/cde/server/connector"
)

// Batch is the edits that share one transaction. The store that runs it asks for [Batch.Connectors],
// gives them to [Batch.Admit], asks for [Batch.Versions], gives them to [Batch.Apply], and writes what is
// in [Batch.Changed]. To run it again in another transaction, it starts over.
type Batch struct {
	calls   []*call
	changed []*Row
}

// Key names one version.
type Key struct {
	PublicID connector.PublicID
	Number   int
}

func (k Key) compare(l Key) int {
	return cmp.Or(bytes.Compare(k.PublicID[:], l.PublicID[:]), cmp.Compare(k.Number, l.Number))
}

// Row is one version in a transaction: first as the store found it, then as the batch leaves it.
type Row struct {
	Key
	Version  connector.Version
	Sequence int64             // of the version's last event
	Events   []connector.Event // to be written, in order, their Sequence set
}

// Probed tells whether somebody waits to see that commits come through, in which case even a batch that
// changes nothing must make one that costs the store what a change does.
func (b *Batch) Probed() bool {
	return slices.ContainsFunc(b.calls, func(c *call) bool { return c.probe })
}

// Connectors returns the ids of the connectors that the edits name, in order, each once.
func (b *Batch) Connectors() []connector.PublicID {
	ids := make([]connector.PublicID, 0, len(b.calls))
	for _, c := range b.calls {
		if !c.probe {
			ids = append(ids, c.edit.PublicID)
		}
	}
	slices.SortFunc(ids, func(a, b connector.PublicID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(ids)
}

// Admit settles which version each edit means, or how it is refused. Found holds those of
// [Batch.Connectors] that exist.
func (b *Batch) Admit(found map[connector.PublicID]connector.Connector) {
	for _, c := range b.calls {
		c.answer, c.err, c.number = connector.Version{}, nil, 0
		if c.probe {
			continue
		}
		in, ok := found[c.edit.PublicID]
		if !ok {
			c.err = connector.ErrConnectorNotFound
			continue
		}
		c.err = guard(func() (err error) {
			if c.edit.Admit != nil {
				err = c.edit.Admit(in)
			}
			return err
		})
		if c.err == nil {
			c.number, c.err = c.edit.Selector.Resolve(in)
		}
	}
}

// Versions returns the keys of the versions that the admitted edits mean, in order, each once.
func (b *Batch) Versions() []Key {
	keys := make([]Key, 0, len(b.calls))
	for _, c := range b.calls {
		if c.number > 0 {
			keys = append(keys, Key{c.edit.PublicID, c.number})
		}
	}
	slices.SortFunc(keys, Key.compare)
	return slices.Compact(keys)
}

// Apply runs the admitted edits in the order of their arrival, each on the version as the one before it left it.
// Found holds those of [Batch.Versions] that exist.
func (b *Batch) Apply(found map[Key]*Row) {
	b.changed = b.changed[:0]
	for _, c := range b.calls {
		if c.number == 0 {
			continue
		}
		row, ok := found[Key{c.edit.PublicID, c.number}]
		if !ok {
			c.err = connector.ErrVersionNotFound
			continue
		}
		c.err = guard(func() error { return b.apply(c, row) })
	}
}

func (b *Batch) apply(c *call, row *Row) error {
	next, event, err := c.edit.Apply(row.Version)
	if err != nil {
		return err
	}
	c.answer = next
	if event == nil {
		return nil
	}
	if len(row.Events) == 0 {
		b.changed = append(b.changed, row)
	}
	row.Version = next
	row.Sequence++
	row.Events = append(row.Events, *event)
	row.Events[len(row.Events)-1].Sequence = row.Sequence
	return nil
}

// Changed returns the versions that [Batch.Apply] changed, each once.
func (b *Batch) Changed() []*Row { return b.changed }

// Answers tells whether the batch gives an answer that rests on what it read: an edit that found nothing
// to change must not be told so before what it found is durable.
func (b *Batch) Answers() bool {
	return slices.ContainsFunc(b.calls, func(c *call) bool { return c.number > 0 && c.err == nil })
}

// guard runs one edit's own code, so that its panic ends that edit only.
func guard(run func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("groupcommit: panic in an edit: %v\n%s", p, debug.Stack())
		}
	}()
	return run()
}
