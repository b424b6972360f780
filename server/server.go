// Package server is the CDE API over HTTP: the contract's routes on echo, with who may call, what the contract admits,
// the rules and the store behind them, in that order. [New] shows the whole stack on one screen; package
// server/cmd/cded puts it on a port.
package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/openapi/format"
	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/validate"
)

// Config is what a server is made of. Store and Authenticator are required; the zero value of every other field means
// its default.
type Config struct {
	Store         connector.Store
	Authenticator Authenticator

	DefaultImage string                  // the platform's Container API image; default connector.DefaultImage
	BodyLimit    int64                   // bytes of a request body; default validate.DefaultBodyLimit
	RateLimit    float64                 // requests a second of one caller, bursts of twice that; default no limit
	Pages        map[string]http.Handler // further pages by path prefix, such as /docs/
	Metrics      *prometheus.Registry    // where the server's metrics are registered; default a registry of its own
	Logger       *slog.Logger            // one line a request; default slog.Default()
	Now          func() time.Time        // the clock of changes; default time.Now
}

// Authenticator says who a request speaks for. *auth.Authenticator is one.
type Authenticator interface {
	// Authenticate returns the caller, or an *auth.Error that is ready to be answered.
	Authenticate(*http.Request) (auth.Caller, error)
	// Ready returns nil while requests can be authenticated.
	Ready(context.Context) error
	// Metadata answers as RFC 9728 says.
	Metadata() http.Handler
}

// Server answers the API's requests. Make one with [New].
type Server struct {
	config    Config
	echo      *echo.Echo
	validator *validate.Validator
	metrics   *metrics
	limiter   middleware.RateLimiterStore // one count for all operations; nil without a limit

	deprecations map[string]*deprecation // of the operations that are to go, by their id
	draining     chan struct{}           // closed when the server is about to stop
	drain        sync.Once
}

// New assembles the stack. It fails when the configuration lacks something, and when an operation of the contract has no
// route, or a route not the layers of its operation: such a server would let requests through unchecked.
func New(config Config) (*Server, error) {
	if config.Store == nil || config.Authenticator == nil {
		return nil, errors.New("server: store and authenticator are required")
	}
	config = config.complete()
	validator, err := validate.New(openapi.YAML,
		validate.WithFormats(format.Checks()),
		validate.WithBodyLimit(config.BodyLimit))
	if err != nil {
		return nil, err
	}
	service, err := connector.New(config.Store, connector.Options{Now: config.Now, DefaultImage: config.DefaultImage})
	if err != nil {
		return nil, err
	}
	s := &Server{config: config, echo: echo.New(), validator: validator, limiter: newLimiter(config.RateLimit), draining: make(chan struct{})}
	if s.metrics, err = newMetrics(config.Metrics, validator); err != nil {
		return nil, err
	}
	if s.deprecations, err = deprecationsOf(validator); err != nil {
		return nil, err
	}

	s.echo.Binder = binder{}
	s.echo.IPExtractor = echo.ExtractIPDirect()
	s.echo.HTTPErrorHandler = s.fail
	s.echo.Use(ofEvery( // of every request, matched or not
		s.identify, // request id, and the place where the layers leave what the log line tells
		s.observe,  // the log line and the metrics, when all is done
		middleware.RecoverWithConfig(middleware.RecoverConfig{DisableStackAll: true, LogErrorFunc: panicked}),
		bound,
	))
	if err := s.mount(operations{service}, s.perOperation(
		s.name,         // which operation: 404 for a path that can be read in two ways
		s.deprecate,    // how long: the Deprecation and Sunset headers
		s.authenticate, // who: 401, 403 for a missing scope, 503
		s.throttle,     // how often: 429
		s.validate,     // the contract: 415, 413, 400
	)); err != nil {
		return nil, err
	}
	if err := s.pages(); err != nil {
		return nil, err
	}
	return s, nil
}

func (c Config) complete() Config {
	if c.BodyLimit == 0 {
		c.BodyLimit = validate.DefaultBodyLimit
	}
	if c.Metrics == nil {
		c.Metrics = prometheus.NewRegistry()
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// Operations returns the operations of the contract that the server validates with, in the order of
// [validate.Validator.Operations].
func (s *Server) Operations() []*validate.Operation { return s.validator.Operations() }
