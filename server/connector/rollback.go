package connector

import (
	"context"
	"time"
)

// RollbackMigration puts the executable that the version was migrated from back in use, moves updated-at,
// and returns the version; the state stays. If it is in use already, nothing is written and nothing moves.
//
// It is refused for a version without an executable in production, which was therefore never synchronized
// to production, and for one without a migration. Errors, in the order of looking:
// [ErrConnectorNotFound], [ErrAccessDenied], [ErrVersionNotFound], [RefusalError], and what a [Store]
// fails with.
func (s *Service) RollbackMigration(ctx context.Context, r Request) (Version, error) {
	return s.change(ctx, r, func(d *draft, now time.Time) error {
		v := d.from
		switch {
		case v.production == nil:
			return errNeverInProduction
		case v.legacy == nil:
			return errNoMigration
		case v.executable != nil && *v.executable == *v.legacy:
			return nil
		}
		d.executable = v.legacy
		d.touch(now)
		return nil
	})
}

var (
	errNeverInProduction = &RefusalError{
		"Operation is only allowed for connectors that were previously synchronized to production"}
	errNoMigration = &RefusalError{"Connector has no migration to roll back."}
)
