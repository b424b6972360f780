package server

import (
	"context"
	"net/http"

	"github.com/productsupcom/cde/gen/apiserver"
)

// RollbackMigration answers POST …/migration/rollback.
func (o operations) RollbackMigration(ctx context.Context, r apiserver.RollbackMigrationRequestObject) (apiserver.RollbackMigrationResponseObject, error) {
	target, err := request(ctx, r.PublicID, r.ConnectorVersion)
	if err != nil {
		return nil, err
	}
	version, err := o.service.RollbackMigration(ctx, target)
	return success{version}, err
}

// VisitRollbackMigrationResponse writes the version.
func (s success) VisitRollbackMigrationResponse(w http.ResponseWriter) error { return s.write(w) }
