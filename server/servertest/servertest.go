// Package servertest runs a CDE API server for anybody's tests: the real stack on a loopback port, with the sample
// connectors in memory, an identity provider to mint tokens, and a clock that stands still until it is moved.
package servertest

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/productsupcom/cde/server"
	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/devidp"
	"github.com/productsupcom/cde/server/samples"
	"github.com/productsupcom/cde/server/sqlite"
)

// Server is a running server. Its fields may be read, not changed.
type Server struct {
	URL    string           // http://127.0.0.1:port, without a slash at the end
	Issuer string           // the identity provider's, URL + "/idp"
	Store  connector.Store  // what the server keeps its connectors in
	Clock  *Clock           // of changes and tokens
	API    *server.Server   // the stack itself
	idp    *devidp.Provider // mints tokens
}

// Option changes a server before it starts.
type Option func(*settings)

type settings struct {
	config  server.Config
	samples []byte
	wrap    func(http.Handler) http.Handler
}

// WithStore serves from store instead of SQLite in memory. The samples are imported into it; it is not closed.
func WithStore(store connector.Store) Option { return func(s *settings) { s.config.Store = store } }

// WithConfig lets change set further fields of the server's configuration.
func WithConfig(change func(*server.Config)) Option { return func(s *settings) { change(&s.config) } }

// WithConnectors starts with these connectors, in the import format, instead of the samples.
func WithConnectors(records []byte) Option { return func(s *settings) { s.samples = records } }

// WithLogger sends the server's log to logger instead of the test's output.
func WithLogger(logger *slog.Logger) Option { return func(s *settings) { s.config.Logger = logger } }

// WithHandler puts wrap around the whole server, for faults between it and its callers.
func WithHandler(wrap func(http.Handler) http.Handler) Option {
	return func(s *settings) { s.wrap = wrap }
}

// New starts a server that ends with the test.
func New(t testing.TB, options ...Option) *Server {
	t.Helper()
	clock := &Clock{now: time.Now().Truncate(time.Second)}
	set := settings{samples: samples.JSON, wrap: func(h http.Handler) http.Handler { return h }}
	set.config = server.Config{Now: clock.Now, Logger: testLogger(t), Pages: map[string]http.Handler{}}
	for _, option := range options {
		option(&set)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	s := &Server{URL: "http://" + listener.Addr().String(), Clock: clock}
	s.Issuer = s.URL + "/idp"
	s.identify(t, &set)
	s.fill(t, &set)
	s.API, err = server.New(set.config)
	check(t, err)
	s.start(t, listener, set.wrap(s.API))
	return s
}

// identify gives the server an identity provider and the check of its tokens.
func (s *Server) identify(t testing.TB, set *settings) {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	provider, err := devidp.New(devidp.Config{Issuer: s.Issuer, Audience: s.URL, Clock: s.Clock.Now, Logger: quiet})
	check(t, err)
	s.idp = provider
	for _, pattern := range provider.Patterns() {
		set.config.Pages[pattern] = provider
	}
	if set.config.Authenticator == nil {
		set.config.Authenticator, err = auth.New(auth.Config{Issuer: s.Issuer, Audience: s.URL, Clock: s.Clock.Now, Logger: quiet})
		check(t, err)
	}
}

// fill opens the store and imports what it starts with.
func (s *Server) fill(t testing.TB, set *settings) {
	t.Helper()
	if set.config.Store == nil {
		store, err := sqlite.Memory()
		check(t, err)
		t.Cleanup(func() { check(t, store.Close()) })
		set.config.Store = store
	}
	s.Store = set.config.Store
	if len(set.samples) == 0 {
		return
	}
	_, err := s.Store.Import(t.Context(), connector.ReadRecords(bytes.NewReader(set.samples), nil))
	check(t, err)
}

// start serves until the test ends.
func (s *Server) start(t testing.TB, listener net.Listener, handler http.Handler) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, listener, handler, slog.New(slog.DiscardHandler), func() {}) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("servertest: %v", err)
		}
	})
}

// Token mints an access token of a persona: owner, integrator, admin or stranger. It panics for any other name.
func (s *Server) Token(persona string, changes ...devidp.MintOption) string {
	return s.idp.Mint(persona, changes...)
}

// Clock is a clock for tests. It stands still until it is moved.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now is the time that the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal("servertest:", err)
	}
}

func testLogger(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
}
