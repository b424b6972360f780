// Package sqlite keeps connectors in one SQLite file, or in memory, for one machine. Every answer to a
// change is durable: the file is in WAL mode and each commit is flushed (synchronous=FULL). Concurrent
// changes share commits, see package groupcommit. Other processes may read and write the file at the same
// time, a backup or an import for instance.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/groupcommit"
)

// Store is a [connector.Store] in a SQLite file.
type Store struct {
	path   string
	write  *sql.DB // connections that may write
	read   *sql.DB // connections that refuse to write
	queue  *groupcommit.Queue
	queued writer // what the queue's worker writes with
	open   gate
	clean  func() error // after everything is closed; nil if there is nothing to do
}

var _ connector.Store = (*Store)(nil)

// Options are what a store may be told; the zero value is good.
type Options struct {
	// BusyTimeout is how long a change waits for another process that is writing, before it is
	// [connector.ErrUnavailable]; 5 seconds if 0.
	BusyTimeout time.Duration
	// MaxBatch is how many changes may share a commit; [groupcommit.DefaultBatch] if 0. With 1 each has its
	// own, which is slower under load and no faster without.
	MaxBatch int
	// MustExist makes [Open] open only what is a database of connectors by now, and make none.
	MustExist bool
}

// Open opens the database at path, makes it if there is none, and brings it to the present schema. A database of
// a newer schema is [ErrNewerSchema], a file that is something else [ErrForeign]. The directory must
// exist, and with [Options.MustExist] the file: else it is [fs.ErrNotExist], an empty file [ErrForeign]. A database that can be read but not written opens if its schema is the present one, and is not
// ready.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	if path == "" {
		return nil, errors.New("sqlite: no path to the database")
	}
	if o.BusyTimeout == 0 {
		o.BusyTimeout = 5 * time.Second
	}
	return open(ctx, path, settings{busy: o.BusyTimeout, synchronous: "FULL", batch: o.MaxBatch, mustExist: o.MustExist})
}

// Memory returns an empty store for tests and trials: it is kept in the directory for temporary files,
// flushes nothing, and is gone when it is closed.
func Memory() (*Store, error) {
	dir, err := os.MkdirTemp("", "cde-*")
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	s, err := open(context.Background(), filepath.Join(dir, "memory.db"),
		settings{busy: time.Minute, synchronous: "OFF"})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s.clean = func() error { return os.RemoveAll(dir) }
	return s, nil
}

func open(ctx context.Context, path string, with settings) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	if err := with.find(path); err != nil {
		return nil, err
	}
	s := &Store{path: path}
	s.write, s.read = with.pool(path, false), with.pool(path, true)
	s.queued.db = s.write
	if err := migrate(ctx, s.write); err != nil {
		return nil, errors.Join(err, s.write.Close(), s.read.Close())
	}
	s.queue = groupcommit.New(1, with.batch, s.commit)
	return s, nil
}

// find makes sure that there is a file.
func (with settings) find(path string) error {
	if !with.mustExist {
		return create(path)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("sqlite: %w", err)
	case info.Size() == 0:
		return ErrForeign
	}
	return nil
}

// create makes an empty file, readable by its owner only, where there is none. Connections never do, so a database that
// disappears while it is open is not replaced by an empty one.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return fmt.Errorf("sqlite: %w", err)
	}
	return f.Close()
}

// Close is [connector.Store.Close]. It leaves one file behind, without a write-ahead log.
func (s *Store) Close() error {
	if !s.open.shut() {
		return nil
	}
	s.queue.Close()
	s.queued.discard()
	err := errors.Join(s.read.Close(), s.write.Close())
	if s.clean != nil {
		err = errors.Join(err, s.clean())
	}
	return err
}
