package client

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// userAgent names this package to the API's operators.
const userAgent = "cde-go"

// Client calls the CDE API. It is safe for concurrent use and keeps connections; make one and share it.
type Client struct {
	base           string
	http           http.Client
	tokens         TokenSource // nil to send none
	attemptTimeout time.Duration
	maxResponse    int64
	retry          RetryPolicy
	budget         *budget
	userAgent      string
	log            *slog.Logger
	clock          clock
}

// New returns a client of the API at [Production], or where [WithBaseURL] says. It contacts nobody. The error names
// the option that cannot work.
func New(options ...Option) (*Client, error) {
	policy, _ := RetryPolicy{}.withDefaults()
	c := &Client{
		base:           Production,
		attemptTimeout: 30 * time.Second,
		maxResponse:    8 << 20,
		retry:          policy,
		userAgent:      userAgent,
		log:            slog.New(slog.DiscardHandler),
		clock:          systemClock(),
	}
	for i, option := range options {
		if option == nil {
			return nil, fmt.Errorf("client: option %d is nil", i)
		}
		if err := option(c); err != nil {
			return nil, fmt.Errorf("client: %w", err)
		}
	}
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.http.Transport = transport{orPooled(c.http.Transport)}
	c.budget = newBudget(c.retry.Budget)
	return c, nil
}
