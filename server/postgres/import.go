package postgres

import (
	"context"
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/productsupcom/cde/server/connector"
)

// stage takes in one row for each version of the records, beside the tables that others see, and unlogged.
const stage = `
	SET LOCAL statement_timeout = 0;
	SET LOCAL lock_timeout = 0;
	SET LOCAL idle_in_transaction_session_timeout = 0;
	CREATE TEMPORARY TABLE staged (
		position bigint, public_id uuid, owner text, integrator text, main_version bigint,
		number bigint, deleted boolean, document text) ON COMMIT DROP`

// What is staged is moved into the tables. Of several records of one connector the last one counts. Rows are
// locked in the order in which changes lock them. A connector of generation 1 is new.
const (
	dropEarlier = `DELETE FROM staged s
		USING (SELECT public_id, max(position) AS last FROM staged GROUP BY public_id HAVING max(position) > min(position)) l
		WHERE s.public_id = l.public_id AND s.position < l.last`

	mergeConnectors = `WITH merged AS (
			INSERT INTO connector AS c (public_id, owner, integrator, main_version, generation)
			SELECT DISTINCT ON (public_id) public_id, owner, integrator, main_version, 1 FROM staged ORDER BY public_id
			ON CONFLICT (public_id) DO UPDATE SET owner = excluded.owner, integrator = excluded.integrator,
				main_version = excluded.main_version, generation = c.generation + 1
			RETURNING generation)
		SELECT count(*) FILTER (WHERE generation = 1) FROM merged`

	dropVersions = `WITH locked AS (
			SELECT v.connector, v.number, c.public_id FROM version v JOIN connector c ON c.id = v.connector
			WHERE c.generation > 1 AND c.public_id IN (SELECT public_id FROM staged)
			ORDER BY v.connector, v.number FOR UPDATE OF v)
		DELETE FROM version v USING locked l WHERE v.connector = l.connector AND v.number = l.number
			AND NOT EXISTS (SELECT 1 FROM staged s WHERE s.public_id = l.public_id AND s.number = l.number)`

	mergeVersions = `INSERT INTO version AS v (connector, number, deleted, revision, sequence, generation, document)
		SELECT c.id, s.number, s.deleted, 1,
			CASE WHEN c.generation = 1 THEN 0 ELSE
				(SELECT coalesce(max(e.sequence), 0) FROM event e WHERE e.connector = c.id AND e.number = s.number) END,
			c.generation, s.document
		FROM staged s JOIN connector c USING (public_id) WHERE s.number IS NOT NULL ORDER BY c.id, s.number
		ON CONFLICT (connector, number) DO UPDATE SET deleted = excluded.deleted, revision = v.revision + 1,
			generation = excluded.generation, document = excluded.document`
)

// Import is [connector.Store.Import]: one transaction, which is rolled back when it is interrupted. Changes of other
// connectors go on meanwhile; changes of those it replaces wait at its end.
func (s *Store) Import(ctx context.Context, in iter.Seq2[connector.Record, error]) (connector.ImportResult, error) {
	var result connector.ImportResult
	if err := ctx.Err(); err != nil {
		return result, err
	}
	tx, err := s.write.Begin(ctx)
	if err != nil {
		return result, asked(ctx, err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := tx.Exec(ctx, stage); err != nil {
		return result, asked(ctx, err)
	}
	if err := copyIn(ctx, tx, in, &result); err != nil {
		return connector.ImportResult{}, err
	}
	err = merge(ctx, tx, &result)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return connector.ImportResult{}, asked(ctx, err)
	}
	conn := tx.Conn().PgConn()
	delete(conn.CustomData(), warned)
	if err := ended(conn, tx.Commit(ctx)); err != nil {
		return connector.ImportResult{}, failure(err)
	}
	return result, nil
}

// copyIn stages the records and counts them.
func copyIn(ctx context.Context, tx pgx.Tx, in iter.Seq2[connector.Record, error], result *connector.ImportResult) error {
	next, stop := iter.Pull2(in)
	defer stop()
	var record connector.Record
	var left []connector.Version // of the record, not staged yet
	var failed error             // of the records
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"staged"},
		[]string{"position", "public_id", "owner", "integrator", "main_version", "number", "deleted", "document"},
		pgx.CopyFromFunc(func() ([]any, error) {
			var row [3]any
			if len(left) == 0 {
				var more bool
				record, failed, more = next()
				if failed != nil || !more {
					return nil, failed
				}
				result.Connectors++
				result.Versions += len(record.Versions)
				left = record.Versions
			}
			if len(left) > 0 {
				row = [3]any{left[0].Number(), left[0].Deleted(), left[0].AppendStored(nil)}
				left = left[1:]
			}
			var integrator *string
			if record.Integrator != "" {
				integrator = &record.Integrator
			}
			return append([]any{result.Connectors, [16]byte(record.PublicID), record.Owner, integrator, record.Main}, row[:]...), nil
		}))
	if failed != nil {
		return failed
	}
	return asked(ctx, err)
}

func merge(ctx context.Context, tx pgx.Tx, result *connector.ImportResult) error {
	if _, err := tx.Exec(ctx, dropEarlier); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `ANALYZE staged`); err != nil {
		return err
	}
	var fresh int
	if err := tx.QueryRow(ctx, mergeConnectors).Scan(&fresh); err != nil {
		return err
	}
	result.Replaced = result.Connectors - fresh
	if result.Replaced > 0 {
		if _, err := tx.Exec(ctx, dropVersions); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, mergeVersions)
	return err
}
