package client

import (
	"context"
	"net/http"

	"github.com/productsupcom/cde/gen/api"
	"github.com/productsupcom/cde/gen/apiclient"
)

// RollbackMigration makes a version of a connector use its old executable instead of the new one, and returns the
// version as it is then. If its answer is lost, it is not repeated: the error is an [ErrOutcomeUnknown].
func (c *Client) RollbackMigration(ctx context.Context, publicID string, version Version, options ...CallOption) (*api.ConnectorVersion, error) {
	to := locate(publicID, version)
	return send[api.ConnectorVersion](ctx, c, &apiclient.RollbackMigrationOperation, to.refused, options, func() (*http.Request, error) {
		return apiclient.NewRollbackMigrationRequest(ctx, c.base, to.id, to.version)
	})
}
