package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"iter"

	"github.com/productsupcom/cde/server/connector"
)

// Import is [connector.Store.Import]: one transaction, which is rolled back when it is interrupted. Changes wait while
// it runs, and are unavailable when it takes longer than the busy timeout.
func (s *Store) Import(ctx context.Context, in iter.Seq2[connector.Record, error]) (connector.ImportResult, error) {
	if err := s.open.enter(); err != nil {
		return connector.ImportResult{}, err
	}
	defer s.open.leave()
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return connector.ImportResult{}, failure(err)
	}
	defer conn.Close()
	if err := writeAhead(ctx, conn); err != nil {
		return connector.ImportResult{}, failure(err)
	}
	// The driver would start a goroutine for every statement of a context that can end.
	running := context.WithoutCancel(ctx)
	if _, err := conn.ExecContext(running, "BEGIN IMMEDIATE"); err != nil {
		return connector.ImportResult{}, failure(err)
	}
	result, err := importAll(ctx, conn, in)
	if err == nil {
		if _, err = conn.ExecContext(running, "COMMIT"); err == nil {
			return result, nil
		}
		err = fate(err)
	}
	_, _ = conn.ExecContext(running, "ROLLBACK")
	return connector.ImportResult{}, failure(err)
}

func importAll(ctx context.Context, conn *sql.Conn, in iter.Seq2[connector.Record, error]) (connector.ImportResult, error) {
	var result connector.ImportResult
	running := context.WithoutCancel(ctx)
	im, err := prepareImport(running, conn)
	if err != nil {
		return result, err
	}
	defer im.close()
	for record, err := range in {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return result, err
		}
		replaced, err := im.put(running, record)
		if err != nil {
			return result, err
		}
		result.Connectors++
		result.Versions += len(record.Versions)
		if replaced {
			result.Replaced++
		}
	}
	return result, ctx.Err()
}

// importer is the statements of one import.
type importer struct {
	find, insert, replace, trim, version, again *sql.Stmt
	buf                                         []byte
}

func prepareImport(ctx context.Context, conn *sql.Conn) (*importer, error) {
	im := new(importer)
	for _, s := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&im.find, `SELECT id FROM connector WHERE public_id = ?`},
		{&im.insert, `INSERT INTO connector (public_id, owner, integrator, main_version) VALUES (?, ?, ?, ?)
			ON CONFLICT (public_id) DO NOTHING`},
		{&im.replace, `UPDATE connector SET owner = ?, integrator = ?, main_version = ? WHERE id = ?`},
		{&im.trim, `UPDATE version SET document = NULL, revision = revision + 1
			WHERE connector = ? AND number NOT IN (SELECT value FROM json_each(?))`},
		{&im.version, `INSERT INTO version (connector, number, deleted, revision, sequence, document)
			VALUES (?, ?, ?, 1, 0, ?)`},
		{&im.again, `INSERT INTO version (connector, number, deleted, revision, sequence, document)
			VALUES (?, ?, ?, 1, 0, ?) ON CONFLICT (connector, number) DO UPDATE
			SET deleted = excluded.deleted, revision = revision + 1, document = excluded.document`},
	} {
		var err error
		if *s.stmt, err = conn.PrepareContext(ctx, s.text); err != nil {
			im.close()
			return nil, err
		}
	}
	return im, nil
}

func (im *importer) close() {
	for _, stmt := range []*sql.Stmt{im.find, im.insert, im.replace, im.trim, im.version, im.again} {
		if stmt != nil {
			_ = stmt.Close()
		}
	}
}

// put writes one record and tells whether its connector was there before.
func (im *importer) put(ctx context.Context, r connector.Record) (replaced bool, err error) {
	integrator := sql.NullString{String: r.Integrator, Valid: r.Integrator != ""}
	result, err := im.insert.ExecContext(ctx, r.PublicID[:], r.Owner, integrator, r.Main)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	if err != nil {
		return false, err
	}
	if n == 1 {
		id, err := result.LastInsertId()
		if err != nil {
			return false, err
		}
		return false, im.versions(ctx, im.version, id, r)
	}
	var id int64
	if err := im.find.QueryRowContext(ctx, r.PublicID[:]).Scan(&id); err != nil {
		return true, err
	}
	if _, err := im.replace.ExecContext(ctx, r.Owner, integrator, r.Main, id); err != nil {
		return true, err
	}
	if _, err := im.trim.ExecContext(ctx, id, numbers(r)); err != nil {
		return true, err
	}
	return true, im.versions(ctx, im.again, id, r)
}

// versions writes the record's versions with the statement for new connectors, or for ones that were there.
func (im *importer) versions(ctx context.Context, stmt *sql.Stmt, id int64, r connector.Record) error {
	for _, v := range r.Versions {
		im.buf = v.AppendStored(im.buf[:0])
		if _, err := stmt.ExecContext(ctx, id, v.Number(), v.Deleted(), im.buf); err != nil {
			return err
		}
	}
	return nil
}

// numbers returns the record's version numbers as a JSON array.
func numbers(r connector.Record) string {
	all := make([]int, len(r.Versions))
	for i, v := range r.Versions {
		all[i] = v.Number()
	}
	text, _ := json.Marshal(all)
	return string(text)
}
