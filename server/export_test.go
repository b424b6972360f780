package server

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/productsupcom/cde/openapi/format"
	"github.com/productsupcom/cde/server/validate"
)

// DeprecationHeaders returns what deprecated operations of a contract answer with, by operationId.
func DeprecationHeaders(contract []byte) (map[string]http.Header, error) {
	validator, err := validate.New(contract, validate.WithFormats(format.Checks()))
	if err != nil {
		return nil, err
	}
	all, err := deprecationsOf(validator)
	headers := map[string]http.Header{}
	for id, deprecation := range all {
		headers[id] = deprecation.header()
	}
	return headers, err
}

// MaxCallers is how many callers of deprecated operations the metric names.
const MaxCallers = maxCallers

// CountDeprecated returns the metric of who calls deprecated operations, and what counts a call.
func CountDeprecated() (prometheus.Collector, func(operation, subject, client string)) {
	d := newDeprecated()
	return d.requests, d.count
}

// Mount puts the generated routes behind the checks of another contract, and returns what New would refuse it with.
func Mount(contract []byte) error {
	validator, err := validate.New(contract, validate.WithFormats(format.Checks()))
	if err != nil {
		return err
	}
	s := &Server{echo: echo.New(), validator: validator}
	return s.mount(operations{}, s.perOperation(s.name, s.authenticate, s.validate))
}

// Follow reads along with heads and bodies, as a connection does, and reports whether all are good.
func Follow(stream []byte) bool {
	_, ok := new(framedConn).follow(stream)
	return ok
}
