package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/groupcommit"
)

// Change is [connector.Store.Change].
func (s *Store) Change(ctx context.Context, edit connector.Edit) (connector.Version, error) {
	return s.queue.Change(ctx, edit)
}

// commit runs a batch as one transaction.
func (s *Store) commit(b *groupcommit.Batch) error {
	ctx := context.Background() // a transaction is shared, nobody's context ends it
	if err := s.queued.open(ctx); err != nil {
		return err
	}
	err := s.queued.run(ctx, b)
	if err != nil {
		s.queued.discard()
	}
	return err
}

func (w *writer) run(ctx context.Context, b *groupcommit.Batch) error {
	if _, err := w.begin.ExecContext(ctx); err != nil {
		return failure(err)
	}
	if err := w.evaluate(ctx, b); err != nil {
		return failure(err)
	}
	if len(b.Changed()) == 0 && !b.Probed() {
		_, err := w.rollback.ExecContext(ctx)
		return failure(err)
	}
	if err := w.write(ctx, b); err != nil {
		return failure(err)
	}
	if _, err := w.commit.ExecContext(ctx); err != nil {
		return fate(err)
	}
	return nil
}

// evaluate reads what the batch asks for and runs its edits.
func (w *writer) evaluate(ctx context.Context, b *groupcommit.Batch) error {
	if err := w.look(ctx); err != nil {
		return err
	}
	ids := b.Connectors()
	connectors := make(map[connector.PublicID]connector.Connector, len(ids))
	for _, id := range ids {
		p, err := w.place(ctx, id)
		switch {
		case errors.Is(err, connector.ErrConnectorNotFound):
			continue
		case err != nil:
			return err
		}
		connectors[id] = p.connector
	}
	b.Admit(connectors)

	keys := b.Versions()
	versions := make(map[groupcommit.Key]*groupcommit.Row, len(keys))
	for _, key := range keys {
		f, err := w.find(ctx, key)
		if err != nil {
			return err
		}
		versions[key] = &groupcommit.Row{Key: key, Version: f.version, Sequence: f.sequence}
	}
	b.Apply(versions)
	return nil
}

// write writes what the batch changed, and remembers it: if it is not committed, everything is forgotten.
func (w *writer) write(ctx context.Context, b *groupcommit.Batch) error {
	for _, row := range b.Changed() {
		f := w.known.versions[row.Key]
		for _, event := range row.Events {
			w.buf = event.AppendJSON(w.buf[:0])
			result, err := w.tell.ExecContext(ctx, f.event, event.Sequence, w.buf)
			if err != nil {
				return err
			}
			f.event.Valid = true
			if f.event.Int64, err = result.LastInsertId(); err != nil {
				return err
			}
		}
		w.buf = row.Version.AppendStored(w.buf[:0])
		result, err := w.save.ExecContext(ctx, row.Sequence, f.event, w.buf, f.row, f.revision)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			return fmt.Errorf("sqlite: connector %s version %d is not at revision %d: %w",
				row.PublicID, row.Number, f.revision, errors.Join(err, sql.ErrNoRows))
		}
		f.revision, f.sequence, f.version = f.revision+1, row.Sequence, row.Version
	}
	if b.Probed() {
		_, err := w.probe.ExecContext(ctx)
		return err
	}
	return nil
}
