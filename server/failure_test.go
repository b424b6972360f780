package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/productsupcom/cde/server"
	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/servertest"
	"github.com/productsupcom/cde/server/sqlite"
)

// failing is a store whose changes fail as it is told; everything else works.
type failing struct {
	connector.Store
	mu    sync.Mutex
	cause error
	panic bool
}

// fail sets what the next changes, and probes, fail with.
func (f *failing) fail(cause error, panics bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cause, f.panic = cause, panics
}

func (f *failing) Change(context.Context, connector.Edit) (connector.Version, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.panic {
		panic("the reason of the panic")
	}
	return connector.Version{}, f.cause
}

func (f *failing) Ready(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cause
}

func newFailing(t *testing.T) *failing {
	t.Helper()
	store, err := sqlite.Memory()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return &failing{Store: store}
}

// TestFailuresHaveTwoReaders: the caller gets the plain answer, the operator the cause, once.
func TestFailuresHaveTwoReaders(t *testing.T) {
	store, log := newFailing(t), &logBuffer{}
	s := servertest.New(t, servertest.WithStore(store), servertest.WithLogger(slog.New(slog.NewJSONHandler(log, nil))))
	client := s.Client(t)
	const unavailable = `{"message":"Service Unavailable"}`
	for _, row := range []struct {
		name   string
		cause  error
		panics bool
		exchange
		logged string
	}{
		{name: "nobody foresaw it", cause: errors.New("disk on fire, password hunter2"), exchange: exchange{status: 500, answer: `{"message":"Internal Server Error"}`}, logged: "disk on fire"},
		{name: "panic", panics: true, exchange: exchange{status: 500, answer: `{"message":"Internal Server Error"}`}, logged: "failure_test.go:"},
		{name: "store unavailable", cause: &connector.UnavailableError{RetryAfter: 1500 * time.Millisecond, Cause: errors.New("database is locked")},
			exchange: exchange{status: 503, answer: unavailable, asks: map[string]string{"Retry-After": "2"}}, logged: "database is locked"},
		{name: "outcome unknown", cause: fmt.Errorf("%w: connection lost", connector.ErrOutcomeUnknown),
			exchange: exchange{status: 503, answer: unavailable, asks: map[string]string{"Retry-After": ""}}, logged: "outcome unknown"},
	} {
		t.Run(row.name, func(t *testing.T) {
			store.fail(row.cause, row.panics)
			log.Reset()
			row.method, row.path, row.body = "PUT", containerAPI, goodBody
			row.check(t, s, client)
			if row.panics && !strings.Contains(log.String(), "the reason of the panic") {
				t.Errorf("the reason is not logged:\n%s", log)
			}
			if got := strings.Count(log.String(), row.logged); got < 1 || strings.Count(log.String(), "\n") != 1 {
				t.Errorf("the cause is logged %d times:\n%s", got, log)
			}
		})
	}
}

// TestReadiness turns red with the store and green again by itself; liveness stays green.
func TestReadiness(t *testing.T) {
	store := newFailing(t)
	s := servertest.New(t, servertest.WithStore(store))
	for _, row := range []struct {
		name   string
		cause  error
		status int
		answer string
	}{
		{"ready", nil, http.StatusOK, `{"status":"ready"}`},
		{"store gone", errors.New("gone"), http.StatusServiceUnavailable, `{"status":"not ready","waiting":["store"]}`},
		{"ready again", nil, http.StatusOK, `{"status":"ready"}`},
	} {
		store.fail(row.cause, false)
		exchange{method: "GET", path: "/healthz", token: "-", status: 200, answer: `{"status":"ok"}` + "\n"}.check(t, s, http.DefaultClient)
		exchange{method: "GET", path: "/readyz", token: "-", status: row.status, answer: row.answer + "\n"}.check(t, s, http.DefaultClient)
	}
	s.API.Drain()
	s.API.Drain() // a second signal changes nothing
	exchange{method: "GET", path: "/readyz", token: "-", status: 503, answer: `{"status":"not ready","waiting":["server"]}` + "\n"}.check(t, s, http.DefaultClient)
}

// TestOneLineARequest: what the log tells of served and refused requests, and what it must never hold.
func TestOneLineARequest(t *testing.T) {
	log := &logBuffer{}
	s := servertest.New(t, servertest.WithLogger(slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	client := s.Client(t)
	token := s.Token("stranger")
	exchange{method: "POST", path: rollback, status: 200}.check(t, s, client) // the issuer's keys are known from here on
	for _, row := range []struct {
		exchange
		want map[string]any
	}{
		{exchange{method: "PUT", path: containerAPI, body: goodBody, status: 200, header: map[string]string{"X-Request-Id": "mine-1"}, asks: map[string]string{"X-Request-Id": "mine-1"}},
			map[string]any{"level": "INFO", "status": 200.0, "operation": "updateContainerApiVersion", "request-id": "mine-1", "granted": true}},
		{exchange{method: "POST", path: rollback, token: "stranger", status: 403},
			map[string]any{"level": "WARN", "status": 403.0, "operation": "rollbackMigration", "reason": "denied", "granted": false}},
		{exchange{method: "PUT", path: containerAPI + "?access_token=" + token, body: goodBody, token: "-", status: 401},
			map[string]any{"level": "WARN", "status": 401.0, "reason": "auth"}},
		{exchange{method: "PUT", path: containerAPI, body: `{"version-constraint":"very-secret ^^"}`, status: 400, header: map[string]string{"X-Request-Id": "not fit\tfor a log"}},
			map[string]any{"level": "WARN", "status": 400.0, "reason": "body"}},
		{exchange{method: "GET", path: "/healthz", token: "-", status: 200}, map[string]any{"level": "DEBUG", "status": 200.0}},
	} {
		log.Reset()
		row.check(t, s, client)
		var line map[string]any
		if err := json.Unmarshal([]byte(log.String()), &line); err != nil {
			t.Fatalf("not one line: %v\n%s", err, log)
		}
		if authorization, ok := line["authorization"].(map[string]any); ok {
			line["granted"] = authorization["granted"]
			if authorization["subject"] == "" || authorization["reason"] == "" {
				t.Errorf("a decision without subject or reason: %s", log)
			}
		}
		if elapsed, ok := line["duration-ms"].(float64); !ok || elapsed <= 0 || elapsed > 60_000 {
			t.Errorf("duration-ms is %v, want milliseconds", line["duration-ms"])
		}
		for name, want := range row.want {
			if line[name] != want {
				t.Errorf("%s %s: %s is %v, want %v", row.method, row.path, name, line[name], want)
			}
		}
		for _, secret := range []string{token, "access_token", "very-secret", "not fit"} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("the log holds %q: %s", secret, log)
			}
		}
	}
}

// TestRateLimit counts each caller alone.
func TestRateLimit(t *testing.T) {
	s := servertest.New(t, servertest.WithConfig(func(c *server.Config) { c.RateLimit = 0.5 }))
	client := s.Client(t)
	put := exchange{method: "PUT", path: containerAPI, body: goodBody, status: 200}
	put.check(t, s, client)
	put.status, put.answer, put.asks = 429, `{"message":"Too Many Requests"}`, map[string]string{"Retry-After": "2"}
	put.check(t, s, client)
	exchange{method: "PUT", path: containerAPI, body: goodBody, token: "admin", status: 200}.check(t, s, client)
}

// TestServerNeedsItsParts refuses what could only fail later.
func TestServerNeedsItsParts(t *testing.T) {
	if _, err := server.New(server.Config{}); err == nil {
		t.Error("a server without a store")
	}
}

type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logBuffer) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.Reset()
}
