package client

import (
	"context"
	"errors"
	"sync"
	"time"
)

// expiryMargin is how long before its expiry a cached token is no longer sent: it has to last for the way to the API.
const expiryMargin = 30 * time.Second

// CachedTokens returns a source that keeps the token of fetch until 30 seconds before it expires, or until the API refuses
// it. However many calls wait for a token, fetch runs once for all of them, and never twice at the same time.
//
// fetch gets the context of the call that happens to ask first; a zero expires means that the token is kept until it is
// refused. If fetch fails, so do the calls that wait, unless it failed because that first call was ended: then another one
// asks. The next call asks again in any case.
func CachedTokens(fetch func(ctx context.Context) (token string, expires time.Time, err error)) TokenSource {
	return &tokenCache{fetch: fetch}
}

type tokenCache struct {
	fetch   func(context.Context) (string, time.Time, error)
	mu      sync.Mutex
	token   string
	expires time.Time
	flight  *flight // the fetch that is under way, nil if none is
}

// flight is one fetch. Its fields are written before done is closed, and read after.
type flight struct {
	done  chan struct{}
	token string
	err   error
	ended bool // the call that fetched was ended: nobody else is to fail for that
}

// Token returns the cached token, if it is good and not the refused one, else a new one.
func (c *tokenCache) Token(ctx context.Context, refused string) (string, error) {
	for {
		c.mu.Lock()
		if c.good(refused) {
			defer c.mu.Unlock()
			return c.token, nil
		}
		if c.flight == nil {
			mine := &flight{done: make(chan struct{})}
			c.flight = mine
			c.mu.Unlock()
			return c.land(ctx, mine)
		}
		flight := c.flight
		c.mu.Unlock()
		select {
		case <-flight.done:
		case <-ctx.Done():
			return "", ctx.Err()
		}
		if !flight.ended && (flight.err != nil || flight.token != refused) {
			return flight.token, flight.err
		}
	}
}

// land fetches a token for all that wait for the flight.
func (c *tokenCache) land(ctx context.Context, flight *flight) (string, error) {
	flight.err = errors.New("the fetch of a token panicked")
	var expires time.Time
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if flight.err == nil {
			c.token, c.expires = flight.token, expires
		}
		c.flight = nil
		close(flight.done)
	}()
	flight.token, expires, flight.err = c.fetch(ctx)
	flight.ended = flight.err != nil && ctx.Err() != nil
	return flight.token, flight.err
}

// good reports whether the token that is kept may still be sent.
func (c *tokenCache) good(refused string) bool {
	fresh := c.expires.IsZero() || time.Until(c.expires) > expiryMargin
	return c.token != "" && c.token != refused && fresh
}
