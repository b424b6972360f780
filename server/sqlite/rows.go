package sqlite

import (
	"database/sql"

	"github.com/productsupcom/cde/server/connector"
)

// One row for each version of a connector, or one without a number for a connector that has none.
const (
	columns = `SELECT c.id, c.public_id, c.owner, c.integrator, c.main_version, v.number, v.deleted`
	tables  = ` FROM connector c LEFT JOIN version v ON v.connector = c.id AND v.document IS NOT NULL`

	selectConnector  = columns + `, NULL` + tables + ` WHERE c.public_id = ? ORDER BY v.number`
	selectConnectors = columns + `, NULL` + tables + ` ORDER BY c.public_id, v.number`
	selectRecord     = columns + `, v.document` + tables + ` WHERE c.public_id = ? ORDER BY v.number`
	selectRecords    = columns + `, v.document` + tables + ` ORDER BY c.public_id, v.number`
)

// row is one such row.
type row struct {
	id           int64
	publicID     sql.RawBytes
	owner        string
	integrator   sql.NullString
	main, number sql.NullInt64
	deleted      sql.NullBool
	document     []byte
}

// records reads rows and yields one connector after the other, until yield returns false. It closes rows.
func records(rows *sql.Rows, yield func(id int64, r connector.Record, versions []connector.VersionInfo) bool) error {
	defer rows.Close()
	var (
		at       int64 // the connector being read, 0 before the first
		record   connector.Record
		versions []connector.VersionInfo
	)
	for rows.Next() {
		var r row
		err := rows.Scan(&r.id, &r.publicID, &r.owner, &r.integrator, &r.main, &r.number, &r.deleted, &r.document)
		if err != nil {
			return err
		}
		if r.id != at {
			if at != 0 && !yield(at, record, versions) {
				return nil
			}
			at, record, versions = r.id, r.record(), nil
		}
		if !r.number.Valid {
			continue
		}
		versions = append(versions, connector.VersionInfo{Number: int(r.number.Int64), Deleted: r.deleted.Bool})
		if r.document != nil {
			v, err := load(record.PublicID, r.document)
			if err != nil {
				return err
			}
			record.Versions = append(record.Versions, v)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if at != 0 {
		yield(at, record, versions)
	}
	return nil
}

// record returns what the row says of the connector.
func (r *row) record() connector.Record {
	c := connector.Record{Owner: r.owner, Integrator: r.integrator.String}
	copy(c.PublicID[:], r.publicID)
	if r.main.Valid {
		main := int(r.main.Int64)
		c.Main = &main
	}
	return c
}

// one reads the rows of one connector. Without rows the error is [connector.ErrConnectorNotFound].
func one(rows *sql.Rows) (id int64, c connector.Connector, err error) {
	err = records(rows, func(row int64, r connector.Record, versions []connector.VersionInfo) bool {
		id, c = row, asConnector(r, versions)
		return true
	})
	if err == nil && id == 0 {
		err = connector.ErrConnectorNotFound
	}
	return id, c, err
}

func asConnector(r connector.Record, versions []connector.VersionInfo) connector.Connector {
	return connector.Connector{PublicID: r.PublicID, Owner: r.Owner, Integrator: r.Integrator, Main: r.Main, Versions: versions}
}
