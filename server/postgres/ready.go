package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/productsupcom/cde/server/connector"
)

// Ready is [connector.Store.Ready]: it makes a real commit, of a table written afresh, so that a read-only or full
// database fails it as it would a change, and so does a synchronous standby that does not answer. A ping or
// a SELECT would not notice.
func (s *Store) Ready(ctx context.Context) error {
	err := s.probe(ctx)
	if err == nil || errors.Is(err, connector.ErrUnavailable) {
		return err
	}
	return &connector.UnavailableError{Cause: err}
}

func (s *Store) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.limit.ConnectTimeout+s.limit.StatementTimeout)
	defer cancel()
	conn, err := s.write.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	t := transaction{conn: conn, limit: s.limit}
	defer t.abort()
	var batch pgx.Batch
	batch.Queue("BEGIN ISOLATION LEVEL READ COMMITTED")
	batch.Queue("TRUNCATE probe")
	batch.Queue("INSERT INTO probe SELECT repeat('x', 7000) FROM generate_series(1, 10)")
	err = t.commit(&batch)
	if code(err) == readOnlyTransaction {
		s.write.Reset() // the server was demoted: look for the other one
	}
	return err
}
