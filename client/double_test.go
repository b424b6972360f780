package client_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/productsupcom/cde/client"
	"github.com/productsupcom/cde/gen/api"
	"github.com/productsupcom/cde/server/faults"
)

// double stands for the API: behind a layer of faults it answers every request with version1.
type double struct {
	*httptest.Server
	faults faults.Layer

	mu   sync.Mutex
	work []*http.Request // what was worked on
	seen []*http.Request // what came, faults included
}

func start(t *testing.T, rules ...faults.Rule) *double {
	t.Helper()
	d := new(double)
	if err := d.faults.Set(faults.Script{Rules: rules}); err != nil {
		t.Fatal(err)
	}
	layered := d.faults.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		d.mu.Lock()
		d.work = append(d.work, r)
		d.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Request-Id", "r-1")
		_, _ = io.WriteString(w, version1)
	}))
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		d.seen = append(d.seen, r)
		d.mu.Unlock()
		layered.ServeHTTP(w, r)
	}))
	t.Cleanup(d.Close)
	return d
}

// counts returns how many requests came, and how many were worked on.
func (d *double) counts() (seen, worked int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.seen), len(d.work)
}

// client returns a client of the double whose waits are recorded and take no time.
func (d *double) client(t *testing.T, options ...client.Option) (*client.Client, *clock) {
	t.Helper()
	clock := &clock{at: time.Date(2026, 5, 11, 12, 0, 0, 0, time.UTC), random: 0.5}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	options = append([]client.Option{client.WithBaseURL(d.URL), client.WithHTTPClient(&http.Client{Transport: transport}), clock.option()}, options...)
	c, err := client.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	return c, clock
}

// clock is time that passes by being slept away.
type clock struct {
	mu     sync.Mutex
	at     time.Time
	slept  []time.Duration
	random float64
}

func (c *clock) option() client.Option {
	return client.WithClock(
		func() time.Time {
			c.mu.Lock()
			defer c.mu.Unlock()
			return c.at
		},
		func(ctx context.Context, d time.Duration) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.at, c.slept = c.at.Add(d), append(c.slept, d)
			return ctx.Err()
		},
		func() float64 { return c.random },
	)
}

// operation is one of the two, by its method.
type operation func(context.Context, *client.Client, ...client.CallOption) (*api.ConnectorVersion, error)

func put(ctx context.Context, c *client.Client, options ...client.CallOption) (*api.ConnectorVersion, error) {
	return c.UpdateContainerAPIVersion(ctx, connectorID, client.Latest, api.ContainerAPIUpdate{VersionConstraint: "^0.20"}, options...)
}

func post(ctx context.Context, c *client.Client, options ...client.CallOption) (*api.ConnectorVersion, error) {
	return c.RollbackMigration(ctx, connectorID, client.Latest, options...)
}
