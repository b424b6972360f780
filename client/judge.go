package client

import (
	"context"
	"net/http"
)

// verdict says what comes after an attempt.
type verdict int

const (
	done  verdict = iota // it succeeded
	stop                 // repeating it would be useless or dangerous
	again                // it may be repeated after a wait
	renew                // it may be repeated once with another token
)

// String returns the verdict's name.
func (v verdict) String() string { return [...]string{"done", "stop", "again", "renew"}[v] }

// judgeSilence judges an attempt without an answer.
func (c *call) judgeSilence(ctx context.Context, written bool, err error) (*Error, verdict) {
	failure := &Error{From: FromWire, Message: "the network failed", cause: err}
	c.uncertain = c.uncertain || written
	if ctx.Err() != nil {
		failure.From, failure.Message, failure.cause = FromClient, "the call was ended", ended(ctx)
		return failure, stop
	}
	failure = failure.is(ErrUnavailable)
	if written && !c.repeatable {
		return failure, stop
	}
	return failure, again
}

// judgeAnswer judges an attempt by the status and the shape of its answer.
func (c *call) judgeAnswer(answer *answer) (*Error, verdict) {
	if answer.status == http.StatusOK {
		return c.judgeSuccess(answer)
	}
	failure := c.failure(answer)
	_, wait := parseRetryAfter(answer.header, c.client.clock.now())
	switch status := answer.status; {
	case status == http.StatusTooManyRequests:
		return failure.is(ErrRateLimited), again
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusServiceUnavailable && wait:
		return failure.is(ErrUnavailable), again
	case status == 500, status == 502, status == 503, status == 504:
		c.uncertain = true
		failure = failure.is(ErrUnavailable)
		if c.repeatable {
			return failure, again
		}
		return failure, stop
	case status == http.StatusUnauthorized:
		return failure.is(ErrUnauthorized), renew
	case status/100 == 2 || status/100 == 5:
		c.uncertain = true
		return failure.is(ErrUnexpectedResponse), stop
	case failure.From != FromAPI:
		return failure.is(ErrUnexpectedResponse), stop
	}
	return failure.is(refusal(failure)), stop
}

// refusal returns the kind of a 4xx in the API's own words.
func refusal(failure *Error) error {
	switch failure.StatusCode {
	case http.StatusBadRequest:
		if len(failure.Fields) == 0 && failure.Message != "Bad request." {
			return ErrNotAllowed
		}
		return ErrInvalidRequest
	case http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType:
		return ErrInvalidRequest
	case http.StatusForbidden:
		return ErrForbidden
	case http.StatusNotFound:
		return ErrNotFound
	}
	return ErrUnexpectedResponse
}

// judgeSuccess judges a 200, which is one only if it can be read.
func (c *call) judgeSuccess(answer *answer) (*Error, verdict) {
	err := answer.broken
	if err == nil {
		err = checkJSON(answer.header)
	}
	if err == nil {
		err = c.decode(answer.body)
	}
	if err == nil {
		return nil, done
	}
	c.uncertain = true
	failure := c.failure(answer)
	failure.From, failure.Message, failure.cause = FromWire, "the answer is not what the contract documents", err
	return failure.is(ErrUnexpectedResponse), stop
}
