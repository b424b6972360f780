package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"unicode"

	"github.com/productsupcom/cde/gen/api"
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

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
	broken error // why the body is not whole
}

// requestID returns the API's id of the request, cut to what an id can be.
func (a *answer) requestID() string { return clean(a.header.Get("X-Request-Id"), 128) }

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

// failure reads an answer that is not a success: in the API's words if it has its shape, else in ours.
func (c *call) failure(answer *answer) *Error {
	failure := &Error{From: FromWire, StatusCode: answer.status, RequestID: answer.requestID()}
	failure.RetryAfter, _ = parseRetryAfter(answer.header, c.client.clock.now())
	var words struct {
		Message string          `json:"message"`
		Errors  api.FieldErrors `json:"errors"`
	}
	err := answer.broken
	if err == nil {
		err = checkJSON(answer.header)
	}
	if err == nil {
		err = json.Unmarshal(answer.body, &words)
	}
	if err == nil && words.Message == "" {
		err = errors.New("no message")
	}
	if err != nil {
		failure.Message, failure.cause = http.StatusText(answer.status), err
		failure.Body = answer.body[:min(len(answer.body), bodyInError)]
		return failure
	}
	failure.From, failure.Message = FromAPI, clean(words.Message, 1000)
	for name, text := range words.Errors {
		if failure.Fields == nil {
			failure.Fields = make(map[string]string, len(words.Errors))
		}
		failure.Fields[clean(name, 200)] = clean(text, 1000)
	}
	return failure
}

// checkJSON returns an error unless the media type is the contract's.
func checkJSON(header http.Header) error {
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return fmt.Errorf("media type %q, want application/json", clean(header.Get("Content-Type"), 100))
	}
	return nil
}

// clean makes text from the network fit for one line of a terminal or a log, at most so many bytes.
func clean(text string, most int) string {
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}
