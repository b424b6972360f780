package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/productsupcom/cde/server/connector"
)

// Connector is [connector.Store.Connector].
func (s *Store) Connector(ctx context.Context, id connector.PublicID) (connector.Connector, error) {
	var found connector.Connector
	there := false
	err := s.bounded(ctx, func(ctx context.Context) error {
		rows, err := s.read.Query(ctx, selectConnectors, uuids([]connector.PublicID{id}))
		if err != nil {
			return err
		}
		err = records(rows, func(_ origin, r connector.Record, versions []connector.VersionInfo) bool {
			found, there = asConnector(r, versions), true
			return true
		})
		if err == nil && !there {
			return connector.ErrConnectorNotFound
		}
		return err
	})
	return found, err
}

// Version is [connector.Store.Version].
func (s *Store) Version(ctx context.Context, id connector.PublicID, number int) (connector.Version, error) {
	var v connector.Version
	err := s.bounded(ctx, func(ctx context.Context) error {
		var document []byte
		err := s.read.QueryRow(ctx, `SELECT v.document FROM connector c LEFT JOIN version v ON v.connector = c.id AND v.number = $2
			WHERE c.public_id = $1`, uuids([]connector.PublicID{id})[0], number).Scan(&document)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return connector.ErrConnectorNotFound
		case err != nil:
			return err
		case document == nil:
			return connector.ErrVersionNotFound
		}
		v, err = load(id, document)
		return err
	})
	return v, err
}

// bounded runs a short read, also against a server that does not answer.
func (s *Store) bounded(ctx context.Context, read func(context.Context) error) error {
	short, cancel := context.WithTimeout(ctx, s.limit.ConnectTimeout+s.limit.StatementTimeout)
	defer cancel()
	return asked(ctx, read(short))
}

// List is [connector.Store.List].
func (s *Store) List(ctx context.Context) iter.Seq2[connector.Connector, error] {
	return sequence(ctx, func(yield func(connector.Connector) bool) error {
		rows, err := s.read.Query(ctx, selectAllConnectors)
		if err != nil {
			return err
		}
		return records(rows, func(_ origin, r connector.Record, versions []connector.VersionInfo) bool {
			return yield(asConnector(r, versions))
		})
	})
}

// snapshot is a transaction whose statements all see the same moment.
var snapshot = pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}

// History is [connector.Store.History].
func (s *Store) History(ctx context.Context, id connector.PublicID, number int, after int64) iter.Seq2[connector.Event, error] {
	return sequence(ctx, func(yield func(connector.Event) bool) error {
		return pgx.BeginTxFunc(ctx, s.read, snapshot, func(tx pgx.Tx) error {
			var row int64
			var there bool
			err := tx.QueryRow(ctx, `SELECT c.id, EXISTS (SELECT 1 FROM version v WHERE v.connector = c.id AND v.number = $2)
				FROM connector c WHERE c.public_id = $1`, uuids([]connector.PublicID{id})[0], number).Scan(&row, &there)
			switch {
			case errors.Is(err, pgx.ErrNoRows):
				return connector.ErrConnectorNotFound
			case err != nil:
				return err
			case !there:
				return connector.ErrVersionNotFound
			}
			rows, err := tx.Query(ctx, `SELECT sequence, event FROM event
				WHERE connector = $1 AND number = $2 AND sequence > $3 ORDER BY sequence`, row, number, after)
			if err != nil {
				return err
			}
			return events(rows, yield)
		})
	})
}

func events(rows pgx.Rows, yield func(connector.Event) bool) error {
	defer rows.Close()
	for rows.Next() {
		var sequence int64
		var text []byte
		if err := rows.Scan(&sequence, &text); err != nil {
			return err
		}
		event, err := connector.ParseEvent(text)
		if err != nil {
			return fmt.Errorf("postgres: event %d: %w", sequence, err)
		}
		event.Sequence = sequence
		if !yield(event) {
			return nil
		}
	}
	return rows.Err()
}

// sequence makes what run yields a sequence that ends with run's error.
func sequence[T any](ctx context.Context, run func(yield func(T) bool) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		if err := ctx.Err(); err != nil {
			yield(none, err)
			return
		}
		abandoned := false
		err := run(func(t T) bool {
			abandoned = !yield(t, nil)
			return !abandoned
		})
		if err != nil && !abandoned {
			yield(none, asked(ctx, err))
		}
	}
}
