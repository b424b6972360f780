package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RetryPolicy says how often and how fast a failed call is repeated. Whether it may be repeated at all is not a matter
// of policy: see the package comment. Zero fields mean their default.
type RetryPolicy struct {
	// MaxAttempts counts the first one; 4 by default, 1 for no retries. The one attempt with a new token after a 401
	// comes on top.
	MaxAttempts int
	// BaseDelay and MaxDelay bound the wait before retry n, which is drawn evenly from 0 to the smaller of MaxDelay and
	// BaseDelay·2ⁿ⁻¹ (full jitter); 200 ms and 5 s by default.
	BaseDelay, MaxDelay time.Duration
	// MaxRetryAfter is the longest Retry-After that is waited for; 30 s by default. A longer one ends the call at once.
	MaxRetryAfter time.Duration
	// Budget bounds the retries of all calls of a client together, so that an API in trouble is not given more of it: it
	// holds so many retries, each takes one, each call that succeeds gives a tenth back. 20 by default.
	Budget int
}

func (p RetryPolicy) withDefaults() (RetryPolicy, error) {
	if p.MaxAttempts < 0 || p.BaseDelay < 0 || p.MaxDelay < 0 || p.MaxRetryAfter < 0 || p.Budget < 0 {
		return p, errors.New("retry policy: a field is negative")
	}
	p.MaxAttempts = orDefault(p.MaxAttempts, 4)
	p.BaseDelay = orDefault(p.BaseDelay, 200*time.Millisecond)
	p.MaxDelay = orDefault(p.MaxDelay, max(5*time.Second, p.BaseDelay))
	p.MaxRetryAfter = orDefault(p.MaxRetryAfter, 30*time.Second)
	p.Budget = orDefault(p.Budget, 20)
	if p.MaxDelay < p.BaseDelay {
		return p, fmt.Errorf("retry policy: MaxDelay %s is less than BaseDelay %s", p.MaxDelay, p.BaseDelay)
	}
	return p, nil
}

func orDefault[T int | time.Duration](value, otherwise T) T {
	if value == 0 {
		return otherwise
	}
	return value
}

// delay returns how long to wait before retry n (from 1): at least what the API asked for, and a jitter.
func (p RetryPolicy) delay(n int, retryAfter time.Duration, random func() float64) time.Duration {
	limit := p.BaseDelay
	for ; n > 1 && limit < p.MaxDelay; n-- {
		limit *= 2
	}
	return retryAfter + time.Duration(random()*float64(min(limit, p.MaxDelay)))
}

// clock is what retries know of time and chance.
type clock struct {
	now    func() time.Time
	sleep  func(context.Context, time.Duration) error
	random func() float64 // in [0, 1)
}

func systemClock() clock {
	return clock{now: time.Now, sleep: sleep, random: rand.Float64}
}

// sleep returns after d, or at once with the context's error when it ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ended(ctx)
	}
}

// ended returns why a context ended: its error, and the cause that it was cancelled with.
func ended(ctx context.Context) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, ctx.Err()) {
		return cause
	}
	return fmt.Errorf("%w: %w", ctx.Err(), cause)
}

// parseRetryAfter reads both forms of RFC 9110 section 10.2.3, seconds and a date; ok is false without a usable one.
// A date in the past is a wait of 0.
func parseRetryAfter(header http.Header, now time.Time) (wait time.Duration, ok bool) {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if text == "" {
		return 0, false
	}
	if strings.Trim(text, "0123456789") == "" {
		const most = 365 * 24 * time.Hour // more digits than a duration can hold mean as much
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seconds > int64(most/time.Second) {
			return most, true
		}
		return time.Duration(seconds) * time.Second, true
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	return max(0, at.Sub(now)), true
}
