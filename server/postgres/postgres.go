// Package postgres keeps connectors in PostgreSQL 15 or later, for any number of programs at once. An answer
// to a change is as durable as the server's commits are: with a synchronous standby it outlives the primary.
// Concurrent changes share commits, see package groupcommit. Whatever hangs ends in bounded time, and what
// may have happened is never called done or failed.
package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/groupcommit"
)

// Store is a [connector.Store] in a PostgreSQL database.
type Store struct {
	write *pgxpool.Pool // for changes and imports
	read  *pgxpool.Pool // for everything else, so that a long export keeps no change waiting
	queue *groupcommit.Queue
	limit Options
}

var _ connector.Store = (*Store)(nil)

// Options are what a store may be told; the zero value is good.
type Options struct {
	// MaxConns is how many connections the store may have at once, from 4; 12 if 0.
	MaxConns int
	// ConnectTimeout is how long one host may take to accept a connection; 3 seconds if 0.
	ConnectTimeout time.Duration
	// StatementTimeout is how long one statement of a change may run, and LockTimeout how long it may wait for
	// somebody else's transaction; 5 and 3 seconds if 0.
	StatementTimeout, LockTimeout time.Duration
	// CommitTimeout is how long a commit may take, for a synchronous standby that does not answer, before its
	// change is [connector.ErrOutcomeUnknown]; 5 seconds if 0.
	CommitTimeout time.Duration
	// MaxBatch is how many changes may share a commit; [groupcommit.DefaultBatch] if 0.
	MaxBatch int
	// MustExist makes [Open] open only what is a database of connectors by now, and make none.
	MustExist bool
}

// workers is how many transactions a store has under way: while one commits, the next is prepared.
const workers = 2

func (o Options) withDefaults() Options {
	for d, usual := range map[*time.Duration]time.Duration{
		&o.ConnectTimeout: 3 * time.Second, &o.StatementTimeout: 5 * time.Second,
		&o.LockTimeout: 3 * time.Second, &o.CommitTimeout: 5 * time.Second,
	} {
		if *d == 0 {
			*d = usual
		}
	}
	if o.MaxConns == 0 {
		o.MaxConns = 12
	}
	o.MaxConns = max(o.MaxConns, 2*workers)
	return o
}

// Open connects to the database at the address and brings it to the present schema; many programs may do
// so at once. A database of a newer schema is [ErrNewerSchema]; with [Options.MustExist] one without
// connectors' tables is [ErrForeign].
//
// The address is postgres://user:password@host:port,host:port/database?parameter=value. Of several hosts the
// one that can be written is used, unless target_session_attrs says otherwise. Errors never show the address.
func Open(ctx context.Context, address string, o Options) (*Store, error) {
	o = o.withDefaults()
	s := &Store{limit: o}
	var err error
	if s.write, err = o.pool(ctx, address, forChanges); err != nil {
		return nil, err
	}
	if s.read, err = o.pool(ctx, address, forReading); err != nil {
		s.write.Close()
		return nil, err
	}
	if err := migrate(ctx, s.write, o.MustExist); err != nil {
		s.write.Close()
		s.read.Close()
		return nil, err
	}
	s.queue = groupcommit.New(workers, o.MaxBatch, s.commit)
	return s, nil
}

// Close is [connector.Store.Close].
func (s *Store) Close() error {
	s.queue.Close()
	s.write.Close()
	s.read.Close()
	return nil
}
