// Package gateway is an OpenAPI contract in front of any HTTP server: a reverse proxy that forwards what the contract
// allows and refuses the rest, in the contract's own words. It stands on validate and auth, knows nothing of the server behind
// it, and is a plain http.Handler.
//
// What is forwarded is what was checked: one framing, one reading of path and query, no header that changes who
// calls, which method or which connection. Nothing that could change something is sent twice.
package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/productsupcom/cde/openapi/format"
	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/validate"
)

// Mode says what becomes of a request or an answer that breaks the contract.
type Mode string

// The modes. Requests are never Off.
const (
	Off    Mode = "off"    // it is not looked at; for answers only
	Report Mode = "report" // it passes, is counted and logged
	Block  Mode = "block"  // it is refused, counted and logged
)

// Defaults of Config.
const (
	DefaultUpstreamTimeout = 30 * time.Second
	DefaultResponseLimit   = 8 << 20
)

// Authenticator says who a request speaks for; [*auth.Authenticator] does. Its errors are of type [*auth.Error].
type Authenticator interface {
	Authenticate(*http.Request) (auth.Caller, error)
}

// Config says what is guarded and how. Upstream and Spec are required; the zero value of every other field means its default.
type Config struct {
	Upstream string // base URL, http or https: its path comes before the path of every request
	Spec     []byte // OpenAPI 3.0, YAML or JSON
	Requests Mode   // Block or Report; default Block
	Answers  Mode   // Off, Report or Block; default Off

	// Authenticator verifies the caller where the contract asks for a bearer token. Without it, such a request must carry
	// one well-formed token, and the upstream verifies it.
	Authenticator Authenticator

	UpstreamTimeout time.Duration // until the head of an answer is there, and for each silence in its body; default 30 s
	BodyLimit       int64         // largest request body, in bytes; default validate.DefaultBodyLimit
	ResponseLimit   int64         // largest JSON answer that is checked, in bytes; default 8 MiB

	Formats map[string]func(string) error // checks of string formats by name; default format.Checks()
	TLS     *tls.Config                   // for an https upstream; default: the system's roots, TLS 1.2 or newer
	Metrics prometheus.Registerer         // default: none
	Logger  *slog.Logger                  // default slog.Default()
}

// Gateway is the handler. It is safe for concurrent use. Make one with New.
type Gateway struct {
	config   Config
	contract atomic.Pointer[contract]
	upstream *upstream
	metrics  *metrics
	draining atomic.Bool
}

// New makes a Gateway, or says what is wrong with the configuration or the contract. It contacts nobody.
func New(config Config) (*Gateway, error) {
	if err := config.complete(); err != nil {
		return nil, err
	}
	base, err := parseUpstream(config.Upstream)
	if err != nil {
		return nil, err
	}
	g := &Gateway{config: config, upstream: newUpstream(base, config.TLS, config.UpstreamTimeout)}
	if g.metrics, err = newMetrics(config.Metrics); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	if err := g.Reload(config.Spec); err != nil {
		return nil, err
	}
	return g, nil
}

// complete fills in the defaults and refuses what contradicts itself.
func (c *Config) complete() error {
	c.Requests, c.Answers = or(c.Requests, Block), or(c.Answers, Off)
	c.UpstreamTimeout = or(c.UpstreamTimeout, DefaultUpstreamTimeout)
	c.BodyLimit = or(c.BodyLimit, validate.DefaultBodyLimit)
	c.ResponseLimit = or(c.ResponseLimit, DefaultResponseLimit)
	c.Logger = or(c.Logger, slog.Default())
	if c.Formats == nil {
		c.Formats = format.Checks()
	}
	switch {
	case c.Requests != Block && c.Requests != Report:
		return fmt.Errorf("gateway: mode of requests %q: want block or report", c.Requests)
	case c.Answers != Off && c.Answers != Report && c.Answers != Block:
		return fmt.Errorf("gateway: mode of answers %q: want off, report or block", c.Answers)
	case c.UpstreamTimeout < 0 || c.BodyLimit < 0 || c.ResponseLimit < 0:
		return errors.New("gateway: a limit below zero")
	}
	return nil
}

func or[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// parseUpstream reads the base URL of the upstream. A user name, a query or a fragment in it would go nowhere.
func parseUpstream(text string) (*url.URL, error) {
	base, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("gateway: upstream: not a URL")
	case base.Scheme != "http" && base.Scheme != "https" || base.Hostname() == "":
		return nil, errors.New("gateway: upstream: want http://host or https://host")
	case base.User != nil || base.RawQuery != "" || base.Fragment != "":
		return nil, errors.New("gateway: upstream: want no user name, query or fragment")
	case base.Path != "" && base.Path != "/" && validate.CheckPath(&url.URL{Path: trimSlash(base.Path)}) != nil:
		return nil, errors.New("gateway: upstream: a path that could be read in two ways")
	}
	return base, nil
}

// Reload replaces the contract: requests that come from now on are held against it, those under way against the former one.
// When spec is not a contract that New would take, the former one stays and the error says why.
func (g *Gateway) Reload(spec []byte) error {
	loaded, err := newContract(spec, &g.config)
	if err != nil {
		return err
	}
	g.contract.Store(loaded)
	return nil
}

// Drain turns /readyz red, so that no new requests are sent to a gateway that is about to stop.
func (g *Gateway) Drain() { g.draining.Store(true) }

// Close gives up the idle connections to the upstream.
func (g *Gateway) Close() { g.upstream.pool.closeIdle() }

// ServeHTTP forwards r to the upstream, or refuses it. /healthz and /readyz are answered here, unless they are
// operations of the contract.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := exchange{gateway: g, contract: g.contract.Load(), w: w, r: r}
	defer x.end()
	if closesAfter(r) {
		w.Header()["Connection"] = []string{"close"}
	}
	refusal := x.admit()
	if refusal != nil && x.operation == nil && g.answersProbe(w, r) {
		return
	}
	if refusal != nil && !x.tolerates(refusal) {
		return
	}
	x.forward()
}

// closesAfter reports whether r came in a framing that somebody in front may have read in another way: what follows it
// on the connection is not to be taken for a request (RFC 9112 section 6.1).
func closesAfter(r *http.Request) bool {
	return len(r.TransferEncoding) > 0 || r.ProtoMajor == 1 && r.ProtoMinor == 0
}

// answersProbe answers a question about the gateway itself.
func (g *Gateway) answersProbe(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	status, text := http.StatusOK, "ok\n"
	switch r.URL.Path {
	case "/healthz":
	case "/readyz":
		if g.draining.Load() {
			status, text = http.StatusServiceUnavailable, "stopping\n"
		} else if err := g.ready(r.Context()); err != nil {
			status, text = http.StatusServiceUnavailable, "tokens cannot be checked\n"
		}
	default:
		return false
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
	return true
}

// ready asks an Authenticator that can say so whether it could verify a token now.
func (g *Gateway) ready(ctx context.Context) error {
	if a, ok := g.config.Authenticator.(interface{ Ready(context.Context) error }); ok {
		return a.Ready(ctx)
	}
	return nil
}
