package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"github.com/productsupcom/cde/server/connector"
)

// queryer is a database or a transaction to read from.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Connector is [connector.Store.Connector].
func (s *Store) Connector(ctx context.Context, id connector.PublicID) (connector.Connector, error) {
	if err := s.open.enter(); err != nil {
		return connector.Connector{}, err
	}
	defer s.open.leave()
	rows, err := s.read.QueryContext(ctx, selectConnector, id[:])
	if err != nil {
		return connector.Connector{}, failure(err)
	}
	found, err := one(rows)
	return found.connector(), failure(err)
}

// Version is [connector.Store.Version].
func (s *Store) Version(ctx context.Context, id connector.PublicID, number int) (connector.Version, error) {
	if err := s.open.enter(); err != nil {
		return connector.Version{}, err
	}
	defer s.open.leave()
	var document []byte
	err := s.read.QueryRowContext(ctx, `SELECT v.document FROM connector c JOIN version v ON v.connector = c.id
		WHERE c.public_id = ? AND v.number = ? AND v.document IS NOT NULL`, id[:], number).Scan(&document)
	if errors.Is(err, sql.ErrNoRows) {
		return connector.Version{}, failure(missing(ctx, s.read, id))
	}
	if err != nil {
		return connector.Version{}, failure(err)
	}
	return load(id, document)
}

// missing tells whether it is the connector that is not there, or only its version.
func missing(ctx context.Context, from queryer, id connector.PublicID) error {
	var there int
	err := from.QueryRowContext(ctx, "SELECT 1 FROM connector WHERE public_id = ?", id[:]).Scan(&there)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return connector.ErrConnectorNotFound
	case err != nil:
		return err
	}
	return connector.ErrVersionNotFound
}

// List is [connector.Store.List].
func (s *Store) List(ctx context.Context) iter.Seq2[connector.Connector, error] {
	return sequence(s, func(yield func(connector.Connector) bool) error {
		rows, err := s.read.QueryContext(ctx, selectConnectors)
		if err != nil {
			return err
		}
		return records(rows, func(l listed) bool { return yield(l.connector()) })
	})
}

// selectEvents follows the events from the last one back, and yields those behind a sequence number in their order.
const selectEvents = `WITH RECURSIVE chain (id, previous, sequence) AS (
		SELECT id, previous, sequence FROM event WHERE id = ?1 AND sequence > ?2
		UNION ALL
		SELECT e.id, e.previous, e.sequence FROM chain c JOIN event e ON e.id = c.previous WHERE e.sequence > ?2)
	SELECT c.sequence, e.event FROM chain c JOIN event e ON e.id = c.id ORDER BY c.sequence`

// History is [connector.Store.History].
func (s *Store) History(ctx context.Context, id connector.PublicID, number int, after int64) iter.Seq2[connector.Event, error] {
	return sequence(s, func(yield func(connector.Event) bool) error {
		tx, err := s.read.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		var last sql.NullInt64
		err = tx.QueryRowContext(ctx, `SELECT v.last_event FROM connector c JOIN version v ON v.connector = c.id
			WHERE c.public_id = ? AND v.number = ? AND v.document IS NOT NULL`, id[:], number).Scan(&last)
		if errors.Is(err, sql.ErrNoRows) {
			return missing(ctx, tx, id)
		}
		if err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, selectEvents, last, after)
		if err != nil {
			return err
		}
		return events(rows, yield)
	})
}

func events(rows *sql.Rows, yield func(connector.Event) bool) error {
	defer rows.Close()
	for rows.Next() {
		var sequence int64
		var text []byte
		if err := rows.Scan(&sequence, &text); err != nil {
			return err
		}
		event, err := connector.ParseEvent(text)
		if err != nil {
			return fmt.Errorf("sqlite: event %d: %w", sequence, err)
		}
		event.Sequence = sequence
		if !yield(event) {
			return nil
		}
	}
	return rows.Err()
}

// sequence makes what run yields a sequence that ends with run's error.
func sequence[T any](s *Store, run func(yield func(T) bool) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		if err := s.open.enter(); err != nil {
			yield(none, err)
			return
		}
		defer s.open.leave()
		abandoned := false
		err := run(func(t T) bool {
			abandoned = !yield(t, nil)
			return !abandoned
		})
		if err != nil && !abandoned {
			yield(none, failure(err))
		}
	}
}

func load(id connector.PublicID, document []byte) (connector.Version, error) {
	v, err := connector.LoadVersion(document)
	if err != nil {
		return connector.Version{}, fmt.Errorf("sqlite: a version of connector %s: %w", id, err)
	}
	return v, nil
}
