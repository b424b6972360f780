package sqlite

import (
	"bytes"
	"context"
	"iter"
	"slices"

	"github.com/productsupcom/cde/server/connector"
)

// Export is [connector.Store.Export].
func (s *Store) Export(ctx context.Context, ids ...connector.PublicID) iter.Seq2[connector.Record, error] {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, func(a, b connector.PublicID) int { return bytes.Compare(a[:], b[:]) })
	ids = slices.Compact(ids)
	return sequence(s, func(yield func(connector.Record) bool) error {
		tx, err := s.read.BeginTx(ctx, nil) // everything as of one moment
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		if len(ids) == 0 {
			_, err := export(ctx, tx, yield, selectRecords)
			return err
		}
		for _, id := range ids {
			n, err := export(ctx, tx, yield, selectRecord, id[:])
			if err != nil {
				return err
			}
			if n == 0 {
				return connector.ErrConnectorNotFound
			}
		}
		return nil
	})
}

// export yields the records that the query finds and says how many it found.
func export(ctx context.Context, from queryer, yield func(connector.Record) bool, query string, args ...any) (n int, err error) {
	rows, err := from.QueryContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return n, records(rows, func(l listed) bool {
		n++
		return yield(l.record)
	})
}
