package client

import (
	"context"
	"net/http"

	"github.com/productsupcom/cde/gen/api"
	"github.com/productsupcom/cde/gen/apiclient"
)

// UpdateContainerAPIVersion sets the Container API that a version of a connector runs with, and returns the version
// as it is then. Without an image the platform's default runs. The update is checked against the contract before it is
// sent. It may be repeated safely, and is.
func (c *Client) UpdateContainerAPIVersion(ctx context.Context, publicID string, version Version, update api.ContainerAPIUpdate, options ...CallOption) (*api.ConnectorVersion, error) {
	to := locate(publicID, version)
	return send[api.ConnectorVersion](ctx, c, &apiclient.UpdateContainerAPIVersionOperation, to.refused, options, func() (*http.Request, error) {
		return apiclient.NewUpdateContainerAPIVersionRequest(ctx, c.base, to.id, to.version, update)
	})
}
