package postgres

import (
	"bytes"
	"context"
	"iter"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/productsupcom/cde/server/connector"
)

// Export is [connector.Store.Export].
func (s *Store) Export(ctx context.Context, ids ...connector.PublicID) iter.Seq2[connector.Record, error] {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, func(a, b connector.PublicID) int { return bytes.Compare(a[:], b[:]) })
	ids = slices.Compact(ids)
	return sequence(ctx, func(yield func(connector.Record) bool) error {
		if len(ids) == 0 {
			_, err := export(ctx, s.read, yield, selectAllRecords)
			return err
		}
		return pgx.BeginTxFunc(ctx, s.read, snapshot, func(tx pgx.Tx) error {
			for part := range slices.Chunk(ids, 100) {
				n, err := export(ctx, tx, yield, selectRecords, uuids(part))
				if err != nil || n < 0 {
					return err
				}
				if n < len(part) {
					return connector.ErrConnectorNotFound
				}
			}
			return nil
		})
	})
}

// export yields the records that the query finds and says how many it found, or -1 when it was abandoned.
func export(ctx context.Context, from queryer, yield func(connector.Record) bool, query string, args ...any) (n int, err error) {
	rows, err := from.Query(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	err = records(rows, func(_ origin, r connector.Record, _ []connector.VersionInfo) bool {
		n++
		if !yield(r) {
			n = -1
		}
		return n > 0
	})
	return n, err
}
