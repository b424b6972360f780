package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptrace"
	"net/url"
	"time"
)

// attempt sends the request once, unless the call has ended, and judges what came of it; nil is success.
func (c *call) attempt(ctx context.Context, token string) (*Error, verdict) {
	if ctx.Err() != nil {
		return &Error{Message: "the call was ended", cause: ended(ctx)}, stop
	}
	c.attempts++
	start := c.client.clock.now()
	answer, written, err := c.exchange(ctx, token)
	c.answer = answer
	var failure *Error
	var verdict verdict
	if err != nil {
		failure, verdict = c.judgeSilence(ctx, written, err)
	} else {
		failure, verdict = c.judgeAnswer(answer)
	}
	c.logAttempt(ctx, c.client.clock.now().Sub(start), failure, verdict)
	return failure, verdict
}

// exchange sends the request and reads the answer. Without an answer, written reports whether the API may have got
// the request.
func (c *call) exchange(parent context.Context, token string) (got *answer, written bool, err error) {
	var wire trace
	ctx, cancel := context.WithTimeout(parent, c.client.attemptTimeout)
	defer cancel()
	request := c.request.Clone(httptrace.WithClientTrace(ctx, wire.hooks()))
	if c.request.GetBody != nil {
		if request.Body, err = c.request.GetBody(); err != nil {
			return nil, false, err
		}
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := c.client.http.Do(request)
	if err != nil {
		if u := (*url.Error)(nil); errors.As(err, &u) {
			err = u.Err // without method and address, which the caller knows
		}
		return nil, wire.mayBeWritten(ctx, err), err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, c.client.maxResponse+1))
	got = &answer{status: response.StatusCode, header: response.Header, body: body}
	switch {
	case int64(len(body)) > c.client.maxResponse:
		got.body = body[:c.client.maxResponse]
		got.broken = fmt.Errorf("the body is longer than %d bytes", c.client.maxResponse)
	case err != nil && (got.status/100 == 2 || got.status/100 == 5):
		return got, true, fmt.Errorf("status %d, but the body broke off: %w", got.status, err)
	case err != nil:
		got.broken = fmt.Errorf("the body broke off: %w", err)
	}
	return got, true, nil
}

// logAttempt logs one attempt, metadata only.
func (c *call) logAttempt(ctx context.Context, took time.Duration, failure *Error, verdict verdict) {
	if !c.client.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("operation", c.operation.Name),
		slog.String("method", c.request.Method),
		slog.Int("attempt", c.attempts),
		slog.Duration("took", took),
		slog.String("verdict", verdict.String()),
	}
	if c.answer != nil {
		attrs = append(attrs, slog.Int("status", c.answer.status), slog.String("request_id", c.answer.requestID()))
	}
	if failure != nil && failure.cause != nil {
		attrs = append(attrs, slog.String("cause", failure.cause.Error()))
	}
	c.client.log.LogAttrs(ctx, slog.LevelDebug, "attempt", attrs...)
}
