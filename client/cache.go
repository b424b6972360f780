package client

import (
	"context"
	"sync"
	"time"
)

// expiryMargin is how long before its expiry a cached token is no longer sent: it has to last for the way to the API.
const expiryMargin = 30 * time.Second

// CachedTokens returns a source that keeps the token of fetch until 30 seconds before it expires, or until the API refuses
// it. However many calls wait for a token, fetch runs once for all of them, and never twice at the same time.
//
// fetch gets the context of the call that happens to ask first; a zero expires means that the token is kept until it is
// refused. If fetch fails, so do the calls that wait; the next one asks again.
func CachedTokens(fetch func(ctx context.Context) (token string, expires time.Time, err error)) TokenSource {
	return &tokenCache{fetch: fetch, turn: make(chan struct{}, 1)}
}

type tokenCache struct {
	fetch   func(context.Context) (string, time.Time, error)
	turn    chan struct{} // holds a value while somebody fetches
	mu      sync.Mutex
	token   string
	expires time.Time
}

// Token returns the cached token, if it is good and not the refused one, else a new one.
func (c *tokenCache) Token(ctx context.Context, refused string) (string, error) {
	if token, ok := c.cached(refused); ok {
		return token, nil
	}
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if token, ok := c.cached(refused); ok { // somebody else fetched it in the meantime
		return token, nil
	}
	token, expires, err := c.fetch(ctx)
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token, c.expires = token, expires
	return token, nil
}

// cached returns the token that is kept, if it may still be sent.
func (c *tokenCache) cached(refused string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fresh := c.expires.IsZero() || time.Until(c.expires) > expiryMargin
	return c.token, c.token != "" && c.token != refused && fresh
}
