package server

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/productsupcom/cde/server/validate"
)

// deprecation is what the contract says of an operation that is to go: since when callers know (x-deprecated-at) and from
// when it may be gone (x-sunset), days in UTC.
type deprecation struct{ since, sunset time.Time }

// deprecationsOf returns what the contract says of its deprecated operations, by their id.
func deprecationsOf(validator *validate.Validator) (map[string]*deprecation, error) {
	all := map[string]*deprecation{}
	for _, operation := range validator.Operations() {
		if !operation.Model().Deprecated {
			continue
		}
		deprecation, err := deprecationOf(operation)
		if err != nil {
			return nil, err
		}
		all[operation.ID] = deprecation
	}
	return all, nil
}

// deprecationOf reads the two dates of a deprecated operation; without both it is an error.
func deprecationOf(operation *validate.Operation) (*deprecation, error) {
	model := operation.Model()
	date := func(name string) (time.Time, error) {
		text, _ := model.Extensions[name].(string)
		return time.Parse(time.DateOnly, text)
	}
	since, err1 := date("x-deprecated-at")
	sunset, err2 := date("x-sunset")
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("server: operation %s is deprecated without x-deprecated-at and x-sunset: %w", operation.ID, err)
	}
	return &deprecation{since, sunset}, nil
}

// header tells callers: Deprecation as RFC 9745 section 2.1, Sunset as RFC 8594 section 3.
func (d *deprecation) header() http.Header {
	return http.Header{
		"Deprecation": {"@" + strconv.FormatInt(d.since.Unix(), 10)},
		"Sunset":      {d.sunset.UTC().Format(http.TimeFormat)},
	}
}

// deprecate tells the callers of a deprecated operation on every answer, and counts them.
func (s *Server) deprecate(operation *validate.Operation) echo.MiddlewareFunc {
	deprecation := s.deprecations[operation.ID]
	if deprecation == nil {
		return func(next echo.HandlerFunc) echo.HandlerFunc { return next }
	}
	header := deprecation.header()
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			for name, values := range header {
				c.Response().Header()[name] = values
			}
			err := next(c)
			if caller := callOf(c.Request().Context()).caller; caller.Subject != "" {
				s.metrics.deprecated.count(operation.ID, caller.Subject, caller.ClientID)
			}
			return err
		}
	}
}

// maxCallers is how many callers of deprecated operations are named; all others are counted as "other".
const maxCallers = 1000

// deprecated says who still calls a deprecated operation. Only callers with a good token are counted: others are nobody.
type deprecated struct {
	requests *prometheus.CounterVec // operation, subject, client

	mu    sync.Mutex
	named map[[3]string]bool
}

func newDeprecated() *deprecated {
	return &deprecated{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cde_deprecated_requests_total", Help: "Requests of a deprecated operation, by who still sends them.",
		}, []string{"operation", "subject", "client"}),
		named: map[[3]string]bool{},
	}
}

func (d *deprecated) count(operation, subject, client string) {
	key := [3]string{operation, subject, client}
	d.mu.Lock()
	if !d.named[key] && len(d.named) >= maxCallers {
		key = [3]string{operation, "other", "other"}
	} else {
		d.named[key] = true
	}
	d.mu.Unlock()
	d.requests.WithLabelValues(key[:]...).Inc()
}
