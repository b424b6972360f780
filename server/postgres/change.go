package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/groupcommit"
)

// tries is how often a batch is begun before it is unavailable.
const tries = 5

// Change is [connector.Store.Change].
func (s *Store) Change(ctx context.Context, edit connector.Edit) (connector.Version, error) {
	return s.queue.Change(ctx, edit)
}

// commit runs a batch as one transaction, again if somebody else was in the way.
func (s *Store) commit(b *groupcommit.Batch) (err error) {
	for try := range tries {
		jitter := time.Duration(5 + rand.IntN(10)) //nolint:gosec // so that two do not meet again
		time.Sleep(time.Duration(try) * jitter * time.Millisecond)
		if err = s.once(b); !s.again(err) {
			return failure(err)
		}
	}
	return &connector.UnavailableError{RetryAfter: retryAfter, Cause: err}
}

// again tells whether a failed transaction, of which nothing remains, may do better when it is run again.
func (s *Store) again(err error) bool {
	var connect *pgconn.ConnectError
	switch {
	case err == nil, errors.Is(err, connector.ErrOutcomeUnknown), errors.As(err, &connect):
		return false
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, connector.ErrNotAVersion):
		return false
	case errors.Is(err, errStale):
		return true
	}
	switch code(err) {
	case serializationFailure, deadlockDetected, divisionByZero:
		return true
	case readOnlyTransaction: // the server was demoted: look for the other one
		s.write.Reset()
		return true
	}
	return lost(err) // a connection that had died before the commit was sent
}

func (s *Store) once(b *groupcommit.Batch) error {
	acquire, cancel := context.WithTimeout(context.Background(), s.limit.ConnectTimeout+s.limit.StatementTimeout)
	defer cancel()
	conn, err := s.write.Acquire(acquire)
	if err != nil {
		return err
	}
	defer conn.Release() // which closes one whose transaction is still open
	t := transaction{conn: conn, limit: s.limit, connectors: map[connector.PublicID]origin{}}
	if err := t.run(b); err != nil {
		t.abort()
		return err
	}
	return nil
}

// transaction is one try of one batch.
type transaction struct {
	conn       *pgxpool.Conn
	limit      Options
	connectors map[connector.PublicID]origin
	revisions  map[groupcommit.Key]int64
}

// origin is what a transaction remembers of a connector.
type origin struct{ id, generation int64 }

func (t *transaction) run(b *groupcommit.Batch) error {
	// The server bounds each statement. This bounds a server that does not answer.
	ctx, cancel := context.WithTimeout(context.Background(), 2*t.limit.StatementTimeout)
	defer cancel()
	if err := t.admit(ctx, b); err != nil {
		return err
	}
	if err := t.apply(ctx, b); err != nil {
		return err
	}
	if !b.Answers() {
		_, err := t.conn.Exec(ctx, "ROLLBACK")
		return err
	}
	return t.write(b)
}

func (t *transaction) abort() {
	if t.conn.Conn().IsClosed() || t.conn.Conn().PgConn().TxStatus() == 'I' {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), t.limit.StatementTimeout)
	defer cancel()
	_, _ = t.conn.Exec(ctx, "ROLLBACK")
}

// admit begins the transaction and reads the connectors, in one round trip.
func (t *transaction) admit(ctx context.Context, b *groupcommit.Batch) error {
	var batch pgx.Batch
	found := make(map[connector.PublicID]connector.Connector)
	batch.Queue("BEGIN ISOLATION LEVEL READ COMMITTED")
	batch.Queue(selectConnectors, uuids(b.Connectors())).Query(func(rows pgx.Rows) error {
		return records(rows, func(o origin, r connector.Record, versions []connector.VersionInfo) bool {
			found[r.PublicID], t.connectors[r.PublicID] = asConnector(r, versions), o
			return true
		})
	})
	if err := t.conn.SendBatch(ctx, &batch).Close(); err != nil {
		return err
	}
	b.Admit(found)
	return nil
}

// apply locks and reads the versions, in the order of their keys so that nobody waits in a circle, and runs the edits.
func (t *transaction) apply(ctx context.Context, b *groupcommit.Batch) error {
	keys := b.Versions()
	if len(keys) == 0 {
		b.Apply(nil)
		return nil
	}
	ids, numbers := make([]int64, len(keys)), make([]int, len(keys))
	of := make(map[int64]connector.PublicID, len(keys))
	for i, key := range keys {
		ids[i], numbers[i] = t.connectors[key.PublicID].id, key.Number
		of[ids[i]] = key.PublicID
	}
	rows, err := t.conn.Query(ctx, lockVersions, ids, numbers)
	if err != nil {
		return err
	}
	found, err := t.versions(rows, of)
	if err != nil {
		return err
	}
	if len(found) != len(keys) {
		return errStale // an import has taken one away
	}
	b.Apply(found)
	return nil
}

func (t *transaction) versions(rows pgx.Rows, of map[int64]connector.PublicID) (map[groupcommit.Key]*groupcommit.Row, error) {
	defer rows.Close()
	t.revisions = make(map[groupcommit.Key]int64, len(of))
	found := make(map[groupcommit.Key]*groupcommit.Row, len(of))
	for rows.Next() {
		var id, revision, generation int64
		var document []byte
		row := new(groupcommit.Row)
		if err := rows.Scan(&id, &row.Number, &revision, &row.Sequence, &generation, &document); err != nil {
			return nil, err
		}
		row.PublicID = of[id]
		if generation != t.connectors[row.PublicID].generation {
			return nil, errStale
		}
		var err error
		if row.Version, err = load(row.PublicID, document); err != nil {
			return nil, err
		}
		found[row.Key], t.revisions[row.Key] = row, revision
	}
	return found, rows.Err()
}
