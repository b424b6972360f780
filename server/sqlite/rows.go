package sqlite

import (
	"database/sql"

	"github.com/productsupcom/cde/server/connector"
)

// One row for each version of a connector, or one without a number for a connector that has none.
const (
	columns = `SELECT c.id, c.public_id, c.owner, c.integrator, c.main_version, v.id, v.number, v.deleted`
	tables  = ` FROM connector c LEFT JOIN version v ON v.connector = c.id AND v.document IS NOT NULL`

	selectConnector  = columns + `, NULL` + tables + ` WHERE c.public_id = ? ORDER BY v.number`
	selectConnectors = columns + `, NULL` + tables + ` ORDER BY c.public_id, v.number`
	selectRecord     = columns + `, v.document` + tables + ` WHERE c.public_id = ? ORDER BY v.number`
	selectRecords    = columns + `, v.document` + tables + ` ORDER BY c.public_id, v.number`
)

// listed is a connector as it was read from such rows.
type listed struct {
	row      int64
	record   connector.Record // with versions if documents were asked for
	versions []connector.VersionInfo
	rows     []int64 // of the versions
}

// records reads rows and yields one connector after the other, until yield returns false. It closes rows.
func records(rows *sql.Rows, yield func(listed) bool) error {
	defer rows.Close()
	var at listed // the connector being read; its row is 0 before the first
	for rows.Next() {
		var r row
		if err := r.scan(rows); err != nil {
			return err
		}
		if r.id != at.row {
			if at.row != 0 && !yield(at) {
				return nil
			}
			at = listed{row: r.id, record: r.record()}
		}
		if !r.number.Valid {
			continue
		}
		at.rows = append(at.rows, r.version.Int64)
		at.versions = append(at.versions, connector.VersionInfo{Number: int(r.number.Int64), Deleted: r.deleted.Bool})
		if r.document != nil {
			v, err := load(at.record.PublicID, r.document)
			if err != nil {
				return err
			}
			at.record.Versions = append(at.record.Versions, v)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if at.row != 0 {
		yield(at)
	}
	return nil
}

// row is one of the rows.
type row struct {
	id                    int64
	publicID              sql.RawBytes
	owner                 string
	integrator            sql.NullString
	main, version, number sql.NullInt64
	deleted               sql.NullBool
	document              []byte
}

func (r *row) scan(rows *sql.Rows) error {
	return rows.Scan(&r.id, &r.publicID, &r.owner, &r.integrator, &r.main, &r.version, &r.number, &r.deleted, &r.document)
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
func one(rows *sql.Rows) (found listed, err error) {
	err = records(rows, func(l listed) bool {
		found = l
		return true
	})
	if err == nil && found.row == 0 {
		err = connector.ErrConnectorNotFound
	}
	return found, err
}

// connector returns what was read without the documents.
func (l *listed) connector() connector.Connector {
	r := &l.record
	return connector.Connector{PublicID: r.PublicID, Owner: r.Owner, Integrator: r.Integrator, Main: r.Main, Versions: l.versions}
}
