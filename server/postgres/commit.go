package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/groupcommit"
)

const (
	// lockVersions reads versions as the last commit left them, and keeps others away from them.
	lockVersions = `SELECT v.connector, v.number, v.revision, v.sequence, v.generation, v.document
		FROM unnest($1::bigint[], $2::bigint[]) AS k (connector, number) JOIN version v USING (connector, number)
		ORDER BY v.connector, v.number FOR UPDATE OF v`

	// saveVersions is a compare-and-swap of all of them. The COMMIT is sent along with it: if one version is
	// not at the revision it was read at, the division by zero ends the transaction first.
	saveVersions = `WITH saved AS (
			UPDATE version v SET revision = v.revision + 1, sequence = n.sequence, document = n.document
			FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])
				AS n (connector, number, revision, sequence, document)
			WHERE v.connector = n.connector AND v.number = n.number AND v.revision = n.revision
			RETURNING 1)
		SELECT 1 / (count(*) = cardinality($1::bigint[]))::integer FROM saved`

	insertEvents = `INSERT INTO event (connector, number, sequence, event)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[])`

	// barrier makes a transaction that changes nothing wait, as one that does, until everything before it is
	// durable, on the standby too.
	barrier = `SELECT pg_logical_emit_message(true, 'cde', '')`
)

// write writes what the batch changed and commits, in one round trip.
func (t *transaction) write(b *groupcommit.Batch) error {
	var batch pgx.Batch
	if len(b.Changed()) == 0 {
		batch.Queue(barrier)
	} else {
		t.queueChanges(&batch, b)
	}
	return t.commit(&batch)
}

func (t *transaction) queueChanges(batch *pgx.Batch, b *groupcommit.Batch) {
	n := len(b.Changed())
	ids, numbers := make([]int64, 0, n), make([]int, 0, n)
	revisions, sequences, documents := make([]int64, 0, n), make([]int64, 0, n), make([][]byte, 0, n)
	var of, places, counts = make([]int64, 0, n), make([]int, 0, n), make([]int64, 0, n)
	var events [][]byte
	for _, row := range b.Changed() {
		id := t.connectors[row.PublicID].id
		ids, numbers = append(ids, id), append(numbers, row.Number)
		revisions, sequences = append(revisions, t.revisions[row.Key]), append(sequences, row.Sequence)
		documents = append(documents, row.Version.AppendStored(nil))
		for _, event := range row.Events {
			of, places, counts = append(of, id), append(places, row.Number), append(counts, event.Sequence)
			events = append(events, event.AppendJSON(nil))
		}
	}
	batch.Queue(saveVersions, ids, numbers, revisions, sequences, documents)
	batch.Queue(insertEvents, of, places, counts, events)
}

// commit sends what is queued and a COMMIT behind it, and tells the three ends apart: committed, not
// committed, and unknown.
func (t *transaction) commit(batch *pgx.Batch) error {
	ctx, cancel := context.WithTimeout(context.Background(), t.limit.CommitTimeout)
	defer cancel()
	conn := t.conn.Conn().PgConn()
	delete(conn.CustomData(), warned)
	writes := batch.Len()
	batch.Queue("COMMIT")
	results := t.conn.SendBatch(ctx, batch)
	err := func() error {
		for range writes {
			if _, err := results.Exec(); err != nil {
				return err
			}
		}
		tag, err := results.Exec()
		if err == nil && tag.String() != "COMMIT" {
			err = pgx.ErrTxCommitRollback
		}
		return err
	}()
	if end := results.Close(); err == nil {
		err = end
	}
	return ended(conn, err)
}

// ended judges a COMMIT by its error and by what the server warned of: a wait for the standby that was called
// off is a commit here and perhaps not there.
func ended(conn *pgconn.PgConn, err error) error {
	switch warning := conn.CustomData()[warned]; {
	case err != nil && lost(err):
		return unknown(err)
	case err == nil && warning != nil:
		return fmt.Errorf("%w: %v", connector.ErrOutcomeUnknown, warning)
	}
	return err
}
