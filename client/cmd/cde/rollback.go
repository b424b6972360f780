package main

import (
	"context"

	"github.com/productsupcom/cde/client"
	"github.com/productsupcom/cde/gen/api"
)

func init() { operations = append(operations, rollbackMigration) }

// rollbackMigration is the command of rollbackMigration.
func rollbackMigration() operation {
	return operation{
		id:         "rollbackMigration",
		group:      "migration",
		groupShort: "The migration of a connector to a new executable",
		use:        "rollback",
		short:      "Make a connector use its old executable again",
		long: `Roll a migration back: the connector version uses its old executable instead of the new one. Only a version that was
once synchronized to production, and that has a migration, can be rolled back.

If the answer is lost, the rollback is not repeated by itself: the exit code is 9, and it is safe to run the command
again, because rolling back twice is the same as once.`,
		example: `  cde migration rollback 019e16f4-2b5c-7d3a-9f10-6c1a4e8b7d21 1
  cde migration rollback 019e16f4-2b5c-7d3a-9f10-6c1a4e8b7d21 main -o json --jq .config.migration`,
		done: "Migration rolled back",
		call: func(ctx context.Context, cde *client.Client, to target, options ...client.CallOption) (*api.ConnectorVersion, error) {
			return cde.RollbackMigration(ctx, to.publicID, to.version, options...)
		},
	}
}
