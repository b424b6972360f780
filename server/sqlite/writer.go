package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
)

// writer is the connection that changes are written with, and its statements. One goroutine uses it. It
// opens when it is needed, and again after a failure, so that a database that was gone or read-only is
// found again when it is back.
type writer struct {
	db   *sql.DB
	conn *sql.Conn
	all  []*sql.Stmt // which do not close with the connection

	begin, commit, rollback, dataVersion *sql.Stmt
	connector, load, save, tell, probe   *sql.Stmt

	known known
	buf   []byte
}

const (
	selectVersion = `SELECT revision, sequence, last_event, document FROM version WHERE id = ?`
	updateVersion = `UPDATE version SET revision = revision + 1, sequence = ?, last_event = ?, document = ?
		WHERE id = ? AND revision = ?`
	insertEvent = `INSERT INTO event (previous, sequence, event) VALUES (?, ?, ?)`

	// updateProbe needs more room than the change of a large version does.
	updateProbe = `UPDATE probe SET payload = randomblob(65536)`
)

// open makes the connection ready, if it is not.
func (w *writer) open(ctx context.Context) error {
	if w.conn != nil {
		return nil
	}
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return failure(err)
	}
	w.conn = conn
	if err := w.prepare(ctx); err != nil {
		w.discard()
		return failure(err)
	}
	return nil
}

func (w *writer) prepare(ctx context.Context) error {
	if err := writeAhead(ctx, w.conn); err != nil {
		return err
	}
	for text, stmt := range map[string]**sql.Stmt{
		"BEGIN IMMEDIATE": &w.begin, "COMMIT": &w.commit, "ROLLBACK": &w.rollback,
		"PRAGMA data_version": &w.dataVersion,
		selectConnector:       &w.connector, selectVersion: &w.load, updateVersion: &w.save, insertEvent: &w.tell,
		updateProbe: &w.probe,
	} {
		var err error
		if *stmt, err = w.conn.PrepareContext(ctx, text); err != nil {
			return err
		}
		w.all = append(w.all, *stmt)
	}
	return nil
}

// writeAhead puts the database into WAL mode, in which it stays.
func writeAhead(ctx context.Context, conn *sql.Conn) error {
	var mode string
	if err := conn.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("sqlite: journal mode is %q, want wal", mode)
	}
	return nil
}

// discard closes the connection, and with it what it had not committed.
func (w *writer) discard() {
	if w.conn == nil {
		return
	}
	for _, stmt := range w.all {
		_ = stmt.Close()
	}
	_ = w.conn.Raw(func(any) error { return driver.ErrBadConn }) // do not give it to anybody else
	_ = w.conn.Close()
	*w = writer{db: w.db}
}
