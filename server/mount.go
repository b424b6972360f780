package server

import (
	"fmt"

	"github.com/labstack/echo/v4"

	"github.com/productsupcom/cde/gen/apiserver"
	"github.com/productsupcom/cde/server/validate"
)

// operationMiddleware is a layer that is made for each operation of the contract.
type operationMiddleware func(*validate.Operation) echo.MiddlewareFunc

// operationLayers are the layers of each operation by its id, which is how the generated routes ask for them.
type operationLayers map[string][]echo.MiddlewareFunc

// perOperation makes the layers of each operation.
func (s *Server) perOperation(layers ...operationMiddleware) operationLayers {
	all := operationLayers{}
	for _, operation := range s.validator.Operations() {
		var own []echo.MiddlewareFunc
		for _, layer := range layers {
			own = append(own, layer(operation))
		}
		all[operation.ID] = []echo.MiddlewareFunc{ofRoute(own...)}
	}
	return all
}

// mount registers the generated routes, each behind the layers of its operation. The routes look them up by operationId,
// and where they find none serve without them and without a word: mount compares what echo was given with the contract,
// and returns an error unless every operation has one route and that route its own layers.
func (s *Server) mount(handlers apiserver.StrictServerInterface, all operationLayers) error {
	mounted := operationLayers{}
	s.echo.OnAddRouteHandler = func(_ string, route echo.Route, _ echo.HandlerFunc, layers []echo.MiddlewareFunc) {
		mounted[route.Method+" "+route.Path] = layers
	}
	apiserver.RegisterHandlersWithOptions(s.echo, apiserver.NewStrictHandler(handlers, nil),
		apiserver.RegisterHandlersOptions{OperationMiddlewares: all})
	s.echo.OnAddRouteHandler = nil
	for _, operation := range s.validator.Operations() {
		key := operation.Method + " " + echoPath(operation.Path)
		layers, ok := mounted[key]
		switch {
		case !ok:
			return fmt.Errorf("server: %s of the contract has no route; run `go generate ./...`", key)
		case !same(layers, all[operation.ID]):
			return fmt.Errorf("server: the route %s is not behind the layers of %s; run `go generate ./...`", key, operation.ID)
		}
		delete(mounted, key)
	}
	for key := range mounted {
		return fmt.Errorf("server: route %s is not in the contract; run `go generate ./...`", key)
	}
	return nil
}

// same reports whether a and b are one list, not merely equal ones: functions cannot be compared, their places can.
func same(a, b []echo.MiddlewareFunc) bool {
	return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0]
}
