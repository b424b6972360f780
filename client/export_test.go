package client

import (
	"context"
	"time"
)

// WithClock replaces what retries know of time and chance.
func WithClock(now func() time.Time, sleep func(context.Context, time.Duration) error, random func() float64) Option {
	return func(c *Client) error {
		c.clock = clock{now: now, sleep: sleep, random: random}
		return nil
	}
}

// Delay is the wait of a policy before retry n.
func Delay(policy RetryPolicy, n int, retryAfter time.Duration, random func() float64) time.Duration {
	policy, err := policy.withDefaults()
	if err != nil {
		panic(err)
	}
	return policy.delay(n, retryAfter, random)
}

// CheckText is the check of one text of a body.
var CheckText = checkText
