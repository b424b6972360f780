package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/productsupcom/cde/server/connector"
)

// retryAfter is the guess that comes with an unavailable database.
const retryAfter = time.Second

// errStale ends a transaction that looked at a connector or version too early; the next try will see it.
var errStale = errors.New("postgres: a version moved while it was being changed")

// SQLSTATE codes and classes: https://www.postgresql.org/docs/15/errcodes-appendix.html
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	readOnlyTransaction  = "25006"
	lockNotAvailable     = "55P03"
	divisionByZero       = "22012"
)

func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// failure turns what PostgreSQL or the way to it says into what a store says: whatever may pass by itself
// is unavailable, and so is a database that cannot be reached. Other errors stay as they are.
func failure(err error) error {
	if err == nil || errors.Is(err, connector.ErrUnavailable) || errors.Is(err, connector.ErrOutcomeUnknown) {
		return err
	}
	var e *pgconn.PgError
	if errors.As(err, &e) {
		switch e.Code[:2] {
		case "08", "40", "53", "57", "58": // connection, rollback, resources, operator, system
		default:
			if e.Code != readOnlyTransaction && e.Code != lockNotAvailable {
				return err
			}
		}
		return &connector.UnavailableError{RetryAfter: retryAfter, Cause: err}
	}
	var refusal connector.Error
	if errors.As(err, &refusal) || errors.Is(err, connector.ErrNotAVersion) || errors.Is(err, connector.ErrNotAnEvent) {
		return err
	}
	return &connector.UnavailableError{RetryAfter: retryAfter, Cause: err}
}

// asked is failure for a call with the caller's own context, whose end is the caller's.
func asked(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return failure(err)
}

// lost tells whether the transaction failed without an answer from a server that lives on: of a commit
// that is under way, nobody knows what became.
func lost(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.SeverityUnlocalized != "ERROR"
	}
	return !errors.Is(err, pgx.ErrTxCommitRollback)
}

func unknown(err error) error { return fmt.Errorf("%w: %w", connector.ErrOutcomeUnknown, err) }
