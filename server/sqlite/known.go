package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/groupcommit"
)

// known is what the writer remembers of the database as the last commit left it, so that a change need not
// read what the one before it wrote. Another connection's commit makes it forget everything.
type known struct {
	at         int64 // PRAGMA data_version, which moves when another connection commits
	connectors map[connector.PublicID]place
	versions   map[groupcommit.Key]*found
	size       int // bytes of the documents, and about those of the connectors
}

// maxKnown is how many bytes are remembered; one more, and all are forgotten.
const maxKnown = 32 << 20

// placeSize is about how many bytes a connector with few versions takes.
const placeSize = 512

// place is a connector and where its versions are.
type place struct {
	connector connector.Connector
	rows      []int64 // of its versions, in their order
}

// found is a version and its row.
type found struct {
	row, revision, sequence int64
	event                   sql.NullInt64 // the last one
	version                 connector.Version
}

func (k *known) forget() {
	k.connectors, k.versions, k.size = map[connector.PublicID]place{}, map[groupcommit.Key]*found{}, 0
}

// look forgets what may have changed. It is called in a transaction.
func (w *writer) look(ctx context.Context) error {
	var at int64
	if err := w.dataVersion.QueryRowContext(ctx).Scan(&at); err != nil {
		return err
	}
	if k := &w.known; k.connectors == nil || at != k.at || k.size > maxKnown {
		k.at = at
		k.forget()
	}
	return nil
}

// place returns the connector, or [connector.ErrConnectorNotFound].
func (w *writer) place(ctx context.Context, id connector.PublicID) (place, error) {
	if p, ok := w.known.connectors[id]; ok {
		return p, nil
	}
	rows, err := w.connector.QueryContext(ctx, id[:])
	if err != nil {
		return place{}, err
	}
	l, err := one(rows)
	if err != nil {
		return place{}, err
	}
	p := place{l.connector(), l.rows}
	w.known.connectors[id] = p
	w.known.size += placeSize
	return p, nil
}

// find returns the version, which exists.
func (w *writer) find(ctx context.Context, key groupcommit.Key) (*found, error) {
	if f, ok := w.known.versions[key]; ok {
		return f, nil
	}
	p := w.known.connectors[key.PublicID]
	i := slices.IndexFunc(p.connector.Versions, func(v connector.VersionInfo) bool { return v.Number == key.Number })
	f := &found{row: p.rows[i]}
	var document []byte
	err := w.load.QueryRowContext(ctx, f.row).Scan(&f.revision, &f.sequence, &f.event, &document)
	if err != nil {
		return nil, err
	}
	if f.version, err = connector.LoadVersion(document); err != nil {
		return nil, fmt.Errorf("sqlite: connector %s version %d: %w", key.PublicID, key.Number, err)
	}
	w.known.versions[key] = f
	w.known.size += len(document)
	return f, nil
}
