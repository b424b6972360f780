package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrAddress is returned by [Open] for an address that cannot be read. It does not show the address, which
// may hold a password.
var ErrAddress = errors.New("postgres: not a database address, want postgres://user@host:port/database")

// purpose is what a pool's connections are for.
type purpose bool

const (
	forChanges purpose = true  // writes, each statement bounded in time
	forReading purpose = false // reads, which may stream for long
)

// warned is the key of a connection's last warning in its custom data.
const warned = "warning"

func (o Options) pool(ctx context.Context, address string, use purpose) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, ErrAddress
	}
	conn := config.ConnConfig
	conn.ConnectTimeout = o.ConnectTimeout
	conn.OnNotice = func(c *pgconn.PgConn, n *pgconn.Notice) {
		if n.SeverityUnlocalized == "WARNING" {
			c.CustomData()[warned] = n.Message
		}
	}
	parameters := map[string]string{
		"application_name":                    "cded",
		"client_encoding":                     "UTF8",
		"lock_timeout":                        milliseconds(o.LockTimeout),
		"idle_in_transaction_session_timeout": milliseconds(2 * o.StatementTimeout),
	}
	half := o.MaxConns / 2
	config.MaxConns = int32(o.MaxConns - half)
	if use == forChanges {
		parameters["statement_timeout"] = milliseconds(o.StatementTimeout)
		config.MaxConns = int32(half)
	}
	for name, value := range parameters {
		if _, given := conn.RuntimeParams[name]; !given {
			conn.RuntimeParams[name] = value
		}
	}
	if conn.ValidateConnect == nil {
		conn.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsPrimary
		if use == forChanges {
			conn.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
		}
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	return pool, nil
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
