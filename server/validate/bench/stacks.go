package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/labstack/echo/v4"

	"github.com/productsupcom/cde/gen/api"
	"github.com/productsupcom/cde/gen/apiserver"
	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/server"
	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/connector"
)

// The stacks that answer the seed's PUT: ours, a bare echo handler that validates nothing, and what
// oapi-codegen's documentation builds.
const (
	stackOurs  = "ours"
	stackRules = "ours with rules" // the same, making the next version and its history event
	stackRaw   = "raw echo"
	stackStock = "stock"
)

func newStack(name string) (http.Handler, error) {
	s, err := loadSeeds()
	if err != nil {
		return nil, err
	}
	switch name {
	case stackOurs, stackRules:
		return newOurs(s, name == stackRules)
	case stackRaw:
		return newRaw(s)
	case stackStock:
		return newStock(s)
	}
	if name == stackUpstream {
		return newUpstream(s), nil
	}
	if proxy, address, found := cutLast(name); found {
		return newProxy(proxy, address)
	}
	return nil, fmt.Errorf("no stack %q", name)
}

// oneCaller is an Authenticator that knows one caller: verifying tokens is measured elsewhere.
type oneCaller struct{ auth.Caller }

func (c oneCaller) Authenticate(*http.Request) (auth.Caller, error) { return c.Caller, nil }
func (oneCaller) Ready(context.Context) error                       { return nil }
func (oneCaller) Metadata() http.Handler                            { return http.NotFoundHandler() }

// oneVersion is a Store of one version that forgets every change. It asks the rules who may change what; whether it
// lets them make the next version too is for the measurement to say.
type oneVersion struct {
	connector.Store // the methods that no request comes to
	owner           connector.Connector
	version         connector.Version
	rules           bool
}

func (s oneVersion) Change(_ context.Context, edit connector.Edit) (connector.Version, error) {
	if err := edit.Admit(s.owner); err != nil {
		return connector.Version{}, err
	}
	if _, err := edit.Selector.Resolve(s.owner); err != nil {
		return connector.Version{}, err
	}
	if !s.rules {
		return s.version, nil
	}
	version, _, err := edit.Apply(s.version)
	return version, err
}

// newOurs is the whole server with its store stubbed.
func newOurs(s seeds, rules bool) (http.Handler, error) {
	store := oneVersion{owner: s.before.Connector(), version: s.before.Versions[0], rules: rules}
	return server.New(server.Config{Store: store, Authenticator: oneCaller{auth.Caller{Subject: store.owner.Owner}}, Logger: slog.New(slog.DiscardHandler)})
}

// newRaw decodes, answers and encodes with encoding/json, and looks at nothing.
func newRaw(s seeds) (http.Handler, error) {
	var data api.ConnectorVersion
	if err := json.Unmarshal(s.before.Versions[0].JSON(), &data); err != nil {
		return nil, err
	}
	e := echo.New()
	e.PUT("/connectors/:publicId/versions/:connectorVersion/execution-config/container-api", func(c echo.Context) error {
		var update api.ContainerAPIUpdate
		if err := json.NewDecoder(c.Request().Body).Decode(&update); err != nil {
			return echo.NewHTTPError(http.StatusBadRequest)
		}
		return c.JSON(http.StatusOK, changed(data, update))
	})
	return e, nil
}

// changed is the answer to an update of data.
func changed(data api.ConnectorVersion, update api.ContainerAPIUpdate) api.ConnectorVersionResult {
	data.Config.Execution.ContainerAPI.Image = update.Image
	data.Config.Execution.ContainerAPI.VersionConstraint = update.VersionConstraint
	return api.ConnectorVersionResult{Message: "successful operation", Data: data}
}

// newStock is oapi-codegen's strict server behind kin-openapi's filter and its gorillamux router.
func newStock(s seeds) (http.Handler, error) {
	var data api.ConnectorVersion
	if err := json.Unmarshal(s.before.Versions[0].JSON(), &data); err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(openapi.YAML)
	if err != nil {
		return nil, err
	}
	doc.Servers = nil // or it answers 404 to every host that the contract does not name
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, err
	}
	e := echo.New()
	options := &openapi3filter.Options{
		AuthenticationFunc:      openapi3filter.NoopAuthenticationFunc,
		SchemaValidationOptions: []openapi3.SchemaValidationOption{kinFormats()},
	}
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			route, params, err := router.FindRoute(r)
			if err != nil {
				return echo.NewHTTPError(http.StatusNotFound, err.Error())
			}
			input := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: options}
			if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
				message, _, _ := strings.Cut(err.Error(), "\n")
				return &echo.HTTPError{Code: http.StatusBadRequest, Message: message, Internal: err}
			}
			return next(c)
		}
	})
	apiserver.RegisterHandlers(e, apiserver.NewStrictHandler(stockHandlers{data: data}, nil))
	return e, nil
}

// stockHandlers answers the PUT the way that the generated types suggest.
type stockHandlers struct {
	apiserver.StrictServerInterface
	data api.ConnectorVersion
}

func (h stockHandlers) UpdateContainerAPIVersion(_ context.Context, r apiserver.UpdateContainerAPIVersionRequestObject) (apiserver.UpdateContainerAPIVersionResponseObject, error) {
	return apiserver.UpdateContainerAPIVersion200JSONResponse{Body: changed(h.data, *r.Body)}, nil
}
