package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"path"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrNewerSchema is returned by [Open] for a database that a later release has written.
var ErrNewerSchema = errors.New("postgres: the database has a newer schema than this program knows")

// ErrEncoding is returned by [Open] for a database that cannot hold every text.
var ErrEncoding = errors.New("postgres: the database's encoding is not UTF8")

// ErrForeign is returned by [Open] with [Options.MustExist] for a database that has no tables of this package.
var ErrForeign = errors.New("postgres: this is not a database of connectors")

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the advisory lock that one program holds while it migrates.
const migrationLock = 0x43444573

// SchemaVersion is the schema that [Open] brings a database to: the number of migrations.
func SchemaVersion() int {
	steps, err := migrations.ReadDir("migrations")
	if err != nil {
		panic(err) // it is embedded
	}
	return len(steps)
}

// migrate brings the database to the present schema in one transaction.
func migrate(ctx context.Context, pool *pgxpool.Pool, mustExist bool) error {
	at, err := schemaOf(ctx, pool)
	if err == nil && at == 0 && mustExist {
		return ErrForeign
	}
	if err != nil || at == SchemaVersion() {
		return err
	}
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0`)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(migrationLock)); err != nil {
			return err
		}
		at, err := schemaOf(ctx, tx) // somebody else may have been quicker
		if err != nil {
			return err
		}
		return steps(ctx, tx, at)
	})
	if err != nil {
		return fmt.Errorf("postgres: migrate: %w", failure(err))
	}
	return nil
}

// steps runs the migrations behind the given schema.
func steps(ctx context.Context, tx pgx.Tx, at int) error {
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS cde_schema (version integer NOT NULL)`); err != nil {
		return err
	}
	for _, file := range files[at:] {
		text, err := migrations.ReadFile(path.Join("migrations", file.Name()))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, string(text)); err != nil {
			return fmt.Errorf("%s: %w", file.Name(), err)
		}
	}
	_, err = tx.Exec(ctx, fmt.Sprintf(`DELETE FROM cde_schema; INSERT INTO cde_schema VALUES (%d)`, len(files)))
	return err
}

// schemaOf returns the schema that the database has, 0 if it is none of ours yet.
func schemaOf(ctx context.Context, from queryer) (int, error) {
	var encoding string
	var there bool
	// Read from the catalog's table: to_regclass may answer from what this connection knew before it got the lock.
	err := from.QueryRow(ctx, `SELECT current_setting('server_encoding'),
		EXISTS (SELECT FROM pg_class WHERE relname = 'cde_schema' AND pg_table_is_visible(oid))`).Scan(&encoding, &there)
	switch {
	case err != nil:
		return 0, fmt.Errorf("postgres: read the schema: %w", failure(err))
	case encoding != "UTF8":
		return 0, fmt.Errorf("%w: %s", ErrEncoding, encoding)
	case !there:
		return 0, nil
	}
	var at int
	if err := from.QueryRow(ctx, `SELECT version FROM cde_schema`).Scan(&at); err != nil {
		return 0, fmt.Errorf("postgres: read the schema: %w", failure(err))
	}
	if at > SchemaVersion() {
		return 0, fmt.Errorf("%w: %d, this program knows %d", ErrNewerSchema, at, SchemaVersion())
	}
	return at, nil
}
