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

// found is where a version of a transaction stands in the database.
type found struct {
	row, revision int64
	event         sql.NullInt64 // the last one
}

func (w *writer) run(ctx context.Context, b *groupcommit.Batch) error {
	if _, err := w.begin.ExecContext(ctx); err != nil {
		return failure(err)
	}
	places, err := w.evaluate(ctx, b)
	if err != nil {
		return failure(err)
	}
	if len(b.Changed()) == 0 && !b.Probed() {
		_, err := w.rollback.ExecContext(ctx)
		return failure(err)
	}
	if err := w.write(ctx, b, places); err != nil {
		return failure(err)
	}
	if _, err := w.commit.ExecContext(ctx); err != nil {
		return fate(err)
	}
	return nil
}

// evaluate reads what the batch asks for and runs its edits.
func (w *writer) evaluate(ctx context.Context, b *groupcommit.Batch) (map[groupcommit.Key]found, error) {
	ids := b.Connectors()
	rows := make(map[connector.PublicID]int64, len(ids))
	connectors := make(map[connector.PublicID]connector.Connector, len(ids))
	for _, id := range ids {
		lines, err := w.connector.QueryContext(ctx, id[:])
		if err != nil {
			return nil, err
		}
		row, c, err := one(lines)
		switch {
		case errors.Is(err, connector.ErrConnectorNotFound):
			continue
		case err != nil:
			return nil, err
		}
		rows[id], connectors[id] = row, c
	}
	b.Admit(connectors)

	keys := b.Versions()
	places := make(map[groupcommit.Key]found, len(keys))
	versions := make(map[groupcommit.Key]*groupcommit.Row, len(keys))
	for _, key := range keys {
		var at found
		row := &groupcommit.Row{Key: key}
		var document []byte
		err := w.load.QueryRowContext(ctx, rows[key.PublicID], key.Number).
			Scan(&at.row, &at.revision, &row.Sequence, &at.event, &document)
		if err != nil {
			return nil, err
		}
		if row.Version, err = connector.LoadVersion(document); err != nil {
			return nil, fmt.Errorf("sqlite: connector %s version %d: %w", key.PublicID, key.Number, err)
		}
		places[key], versions[key] = at, row
	}
	b.Apply(versions)
	return places, nil
}

// write writes what the batch changed.
func (w *writer) write(ctx context.Context, b *groupcommit.Batch, places map[groupcommit.Key]found) error {
	var buf []byte
	for _, row := range b.Changed() {
		at := places[row.Key]
		for _, event := range row.Events {
			buf = event.AppendJSON(buf[:0])
			result, err := w.tell.ExecContext(ctx, at.event, event.Sequence, buf)
			if err != nil {
				return err
			}
			at.event.Valid = true
			if at.event.Int64, err = result.LastInsertId(); err != nil {
				return err
			}
		}
		buf = row.Version.AppendStored(buf[:0])
		result, err := w.save.ExecContext(ctx, row.Sequence, at.event, buf, at.row, at.revision)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			return fmt.Errorf("sqlite: connector %s version %d is not at revision %d: %w",
				row.PublicID, row.Number, at.revision, errors.Join(err, sql.ErrNoRows))
		}
	}
	if b.Probed() {
		_, err := w.probe.ExecContext(ctx)
		return err
	}
	return nil
}
