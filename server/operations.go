package server

import (
	"context"
	"errors"

	"github.com/labstack/echo/v4"

	"github.com/productsupcom/cde/gen/api"
	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/validate"
)

// operations are the handlers of the contract's operations, one file each.
type operations struct {
	service *connector.Service
}

// request is what every operation tells the rules: who asks, for which version, under which name in the history.
func request(ctx context.Context, id api.PublicID, version api.ConnectorVersionSelector) (connector.Request, error) {
	selector, err := connector.ParseSelector(version)
	if err != nil {
		return connector.Request{}, err
	}
	current := callOf(ctx)
	return connector.Request{
		Caller:    connector.Caller{Subject: current.caller.Subject, Admin: current.caller.Admin},
		PublicID:  connector.PublicID(id),
		Selector:  selector,
		Operation: current.operation.ID,
		RequestID: current.requestID,
	}, nil
}

// binder decodes request bodies from the bytes that were validated.
type binder struct{}

var errNotValidated = errors.New("server: a body that was not validated")

// Bind decodes the validated body of c's request into target.
func (binder) Bind(target any, c echo.Context) error {
	body, ok := validate.Body(c.Request())
	if !ok {
		return errNotValidated
	}
	return validate.Decode(body, target)
}
