package sqlite

import (
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/productsupcom/cde/server/connector"
)

// retryAfter is the guess that comes with an unavailable database.
const retryAfter = time.Second

// failure turns what SQLite says into what a store says: a database that cannot now, because of its disk or
// of somebody else, is unavailable. Other errors stay as they are.
func failure(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY,
		sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH,
		sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOLFS:
		return &connector.UnavailableError{RetryAfter: retryAfter, Cause: err}
	}
	return err
}

// fate turns the failure of a COMMIT into what a store says. Where the log could not be written, or not to its end, nothing
// was committed. After any other failure, of a flush for instance, the log may hold the whole transaction, which the
// next start would take for committed.
func fate(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch code := e.Code(); {
		case code == sqlite3.SQLITE_IOERR_WRITE, code&0xff == sqlite3.SQLITE_FULL,
			code&0xff == sqlite3.SQLITE_BUSY, code&0xff == sqlite3.SQLITE_READONLY:
			return failure(err)
		}
	}
	return fmt.Errorf("%w: %w", connector.ErrOutcomeUnknown, err)
}
