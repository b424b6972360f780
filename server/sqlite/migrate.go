package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"path"
)

// ErrNewerSchema is returned by [Open] for a database that a later release has written.
var ErrNewerSchema = errors.New("sqlite: the database has a newer schema than this program knows")

// ErrForeign is returned by [Open] for a file that holds something else than connectors.
var ErrForeign = errors.New("sqlite: the file is not a database of connectors")

// applicationID marks the files of this package ("CDEs"): see https://sqlite.org/pragma.html#pragma_application_id.
const applicationID = 0x43444573

//go:embed migrations/*.sql
var migrations embed.FS

// SchemaVersion is the schema that [Open] brings a database to: the number of migrations.
func SchemaVersion() int {
	steps, err := migrations.ReadDir("migrations")
	if err != nil {
		panic(err) // it is embedded
	}
	return len(steps)
}

// migrate brings the database to the present schema in one transaction.
func migrate(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("sqlite: open: %w", failure(err))
	}
	defer conn.Close()
	if at, err := schemaOf(ctx, conn); err != nil || at == SchemaVersion() {
		return err
	}
	if err := writeAhead(ctx, conn); err != nil {
		return fmt.Errorf("sqlite: migrate: %w", failure(err))
	}
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("sqlite: migrate: %w", failure(err))
	}
	err = steps(ctx, conn)
	if err == nil {
		_, err = conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		return fmt.Errorf("sqlite: migrate: %w", failure(err))
	}
	return nil
}

// steps runs the migrations that are missing, of which another process may have done some by now.
func steps(ctx context.Context, conn *sql.Conn) error {
	at, err := schemaOf(ctx, conn)
	if err != nil {
		return err
	}
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return err
	}
	for _, file := range files[at:] {
		text, err := migrations.ReadFile(path.Join("migrations", file.Name()))
		if err != nil {
			return err
		}
		if _, err := conn.ExecContext(ctx, string(text)); err != nil {
			return fmt.Errorf("%s: %w", file.Name(), err)
		}
	}
	_, err = conn.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d", applicationID, len(files)))
	return err
}

// schemaOf returns the schema that the database has, 0 if it is empty.
func schemaOf(ctx context.Context, conn *sql.Conn) (int, error) {
	var application, at, tables int
	err := conn.QueryRowContext(ctx, `SELECT a.application_id, u.user_version, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_application_id a, pragma_user_version u`).Scan(&application, &at, &tables)
	switch {
	case err != nil:
		return 0, fmt.Errorf("sqlite: read the schema: %w", failure(err))
	case tables == 0 && application == 0 && at == 0:
		return 0, nil
	case application != applicationID:
		return 0, ErrForeign
	case at > SchemaVersion():
		return 0, fmt.Errorf("%w: %d, this program knows %d", ErrNewerSchema, at, SchemaVersion())
	}
	return at, nil
}
