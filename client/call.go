package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/productsupcom/cde/gen/api"
	"github.com/productsupcom/cde/gen/apiclient"
)

// call is one call of an operation: its attempts, and what they left behind.
type call struct {
	client     *Client
	operation  *apiclient.Operation
	decode     func(body []byte) error // of a 200
	request    *http.Request           // what each attempt sends, but for its token
	repeatable bool                    // the method is idempotent
	into       *Response
	attempts   int
	answer     *answer // the last one
	renewed    bool    // a 401 was answered with a new token
	uncertain  bool    // an attempt may have changed something
}

// idempotent are the methods that may be repeated when an answer is lost, RFC 9110 section 9.2.2.
var idempotent = []string{http.MethodPut, http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace}

// send calls an operation that answers 200 with a T in data. refused are the fields of the path that are known to be
// wrong; what is wrong with the body is added to it. With any of them, nothing is sent.
func send[T any](ctx context.Context, c *Client, operation *apiclient.Operation, refused api.FieldErrors, options []CallOption, build func() (*http.Request, error)) (*T, error) {
	var result struct {
		Data *T `json:"data"`
	}
	call := &call{client: c, operation: operation, into: new(Response)}
	call.decode = func(body []byte) error {
		if err := json.Unmarshal(body, &result); err != nil || result.Data != nil {
			return err
		}
		return errors.New("no data")
	}
	for _, option := range options {
		if option != nil {
			option(call)
		}
	}
	failure := call.prepare(ctx, refused, build)
	if failure == nil {
		failure = call.run(ctx)
	}
	call.fill()
	if failure != nil {
		failure.Operation, failure.Attempts = operation.Name, call.attempts
		return nil, failure
	}
	return result.Data, nil
}

// fill writes what the caller asked for with WithResponseInto.
func (c *call) fill() {
	*c.into = Response{Attempts: c.attempts}
	if c.answer != nil {
		c.into.StatusCode, c.into.Header, c.into.Body = c.answer.status, c.answer.header, c.answer.body
		c.into.RequestID = c.answer.requestID()
	}
}

// run sends the request until an attempt succeeds or must be the last one. It returns nil on success.
func (c *call) run(ctx context.Context) *Error {
	token, failure := c.token(ctx, "")
	for retry := 1; failure == nil; {
		var verdict verdict
		if failure, verdict = c.attempt(ctx, token); failure == nil {
			c.client.budget.give()
			return nil
		}
		switch {
		case verdict == renew && !c.renewed:
			token, failure = c.renew(ctx, token, failure)
		case verdict == again && retry < c.client.retry.MaxAttempts && c.wait(ctx, retry, failure):
			retry++
			token, failure = c.token(ctx, "")
		}
	}
	if c.uncertain {
		failure = failure.is(ErrOutcomeUnknown)
	}
	return failure
}

// prepare builds the request, and refuses what cannot be sent.
func (c *call) prepare(ctx context.Context, refused api.FieldErrors, build func() (*http.Request, error)) *Error {
	if ctx == nil {
		return (&Error{Message: "nil context"}).is(ErrInvalidRequest)
	}
	request, err := build()
	if err == nil {
		err = checkBody(refused, c.operation.Texts, request)
	}
	if err != nil {
		return (&Error{Message: "the request cannot be built", cause: err}).is(ErrInvalidRequest)
	}
	if len(refused) > 0 {
		return (&Error{Message: "Bad request.", Fields: refused}).is(ErrInvalidRequest)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.client.userAgent)
	c.request, c.repeatable = request, slices.Contains(idempotent, request.Method)
	return nil
}

// token asks for a token to send; "" without a source.
func (c *call) token(ctx context.Context, refused string) (string, *Error) {
	if c.client.tokens == nil {
		return "", nil
	}
	token, err := c.client.tokens.Token(ctx, refused)
	if err == nil {
		err = checkToken(token)
	}
	switch {
	case err == nil:
		return token, nil
	case ctx.Err() != nil:
		return "", &Error{Message: "the call was ended", cause: ended(ctx)}
	}
	return "", (&Error{Message: "no token", cause: err}).is(ErrUnauthorized)
}

// renew asks for another token after a 401, the one attempt of its kind. Without one the 401 stands.
func (c *call) renew(ctx context.Context, refused string, unauthorized *Error) (string, *Error) {
	c.renewed = true
	token, failure := c.token(ctx, refused)
	if failure != nil {
		unauthorized.cause = failure
		return "", unauthorized
	}
	if token == refused {
		return "", unauthorized
	}
	return token, nil
}

// wait waits before a retry. It reports false, without waiting, if the retry would come too late or is one too many for
// the budget, and when the context ends: then the failure stands.
func (c *call) wait(ctx context.Context, retry int, failure *Error) bool {
	if failure.RetryAfter > c.client.retry.MaxRetryAfter {
		return false
	}
	delay := c.client.retry.delay(retry, failure.RetryAfter, c.client.clock.random)
	if deadline, ok := ctx.Deadline(); ok && c.client.clock.now().Add(delay).After(deadline) {
		return false
	}
	if !c.client.budget.take() {
		return false
	}
	if err := c.client.clock.sleep(ctx, delay); err != nil {
		if failure.cause != nil {
			err = fmt.Errorf("%w, after %w", err, failure.cause)
		}
		failure.cause = err
		return false
	}
	return true
}
