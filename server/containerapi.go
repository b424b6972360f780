package server

import (
	"context"
	"net/http"

	"github.com/productsupcom/cde/gen/apiserver"
	"github.com/productsupcom/cde/server/connector"
)

// UpdateContainerAPIVersion answers PUT …/execution-config/container-api.
func (o operations) UpdateContainerAPIVersion(ctx context.Context, r apiserver.UpdateContainerAPIVersionRequestObject) (apiserver.UpdateContainerAPIVersionResponseObject, error) {
	target, err := request(ctx, r.PublicID, r.ConnectorVersion)
	if err != nil {
		return nil, err
	}
	version, err := o.service.UpdateContainerAPIVersion(ctx, target, connector.ContainerAPI(*r.Body))
	return success{version}, err
}

// VisitUpdateContainerAPIVersionResponse writes the version.
func (s success) VisitUpdateContainerAPIVersionResponse(w http.ResponseWriter) error {
	return s.write(w)
}
