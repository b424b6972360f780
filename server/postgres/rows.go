package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/productsupcom/cde/server/connector"
)

// queryer is a pool, a connection or a transaction to read from.
type queryer interface {
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
}

// One row for each version of a connector, or one without a number for a connector that has none.
const (
	columns = `SELECT c.id, c.generation, c.public_id, c.owner, c.integrator, c.main_version, v.number, v.deleted`
	tables  = ` FROM connector c LEFT JOIN version v ON v.connector = c.id`
	some    = ` WHERE c.public_id = ANY ($1::uuid[])`
	ordered = ` ORDER BY c.public_id, v.number`

	selectConnectors    = columns + `, NULL` + tables + some + ordered
	selectAllConnectors = columns + `, NULL` + tables + ordered
	selectRecords       = columns + `, v.document` + tables + some + ordered
	selectAllRecords    = columns + `, v.document` + tables + ordered
)

// records reads rows and yields one connector after the other, until yield returns false. It closes rows.
func records(rows pgx.Rows, yield func(o origin, r connector.Record, versions []connector.VersionInfo) bool) error {
	defer rows.Close()
	var (
		at       origin // of the connector being read; its id is 0 before the first
		record   connector.Record
		versions []connector.VersionInfo
	)
	for rows.Next() {
		var (
			of         origin
			r          connector.Record
			integrator *string
			number     *int
			deleted    *bool
			document   []byte
		)
		err := rows.Scan(&of.id, &of.generation, (*[16]byte)(&r.PublicID), &r.Owner, &integrator, &r.Main, &number, &deleted, &document)
		if err != nil {
			return err
		}
		if of.id != at.id {
			if at.id != 0 && !yield(at, record, versions) {
				return nil
			}
			if integrator != nil {
				r.Integrator = *integrator
			}
			at, record, versions = of, r, nil
		}
		if number == nil {
			continue
		}
		versions = append(versions, connector.VersionInfo{Number: *number, Deleted: *deleted})
		if document != nil {
			v, err := load(record.PublicID, document)
			if err != nil {
				return err
			}
			record.Versions = append(record.Versions, v)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if at.id != 0 {
		yield(at, record, versions)
	}
	return nil
}

func asConnector(r connector.Record, versions []connector.VersionInfo) connector.Connector {
	return connector.Connector{PublicID: r.PublicID, Owner: r.Owner, Integrator: r.Integrator, Main: r.Main, Versions: versions}
}

func load(id connector.PublicID, document []byte) (connector.Version, error) {
	v, err := connector.LoadVersion(document)
	if err != nil {
		return connector.Version{}, fmt.Errorf("postgres: a version of connector %s: %w", id, err)
	}
	return v, nil
}

func uuids(ids []connector.PublicID) []pgtype.UUID {
	all := make([]pgtype.UUID, len(ids))
	for i, id := range ids {
		all[i] = pgtype.UUID{Bytes: id, Valid: true}
	}
	return all
}
