package sqlite

import "context"

// Pragma returns what a connection that changes are written with says of a setting.
func (s *Store) Pragma(ctx context.Context, name string) (value string, err error) {
	w := writer{db: s.write}
	if err := w.open(ctx); err != nil {
		return "", err
	}
	defer w.discard()
	err = w.conn.QueryRowContext(ctx, "PRAGMA "+name).Scan(&value)
	return value, err
}
