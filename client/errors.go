package client

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"
)

// What kind of failure an [Error] is; errors.Is finds them. An error may be of two kinds: a rollback that got a 502 is
// both ErrUnavailable and ErrOutcomeUnknown.
var (
	// ErrInvalidRequest: the request is wrong and stays wrong (400 with field errors, 405, 413, 415), or was refused
	// by this package before anything was sent. Error.Fields says what is wrong with which field.
	ErrInvalidRequest = errors.New("invalid request")
	// ErrNotAllowed: the connector is in a state that forbids the operation (400 without field errors).
	ErrNotAllowed = errors.New("not allowed now")
	// ErrUnauthorized: the token is missing, expired or refused (401), or there was none to be had.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrForbidden: the caller may not do this with this connector (403).
	ErrForbidden = errors.New("forbidden")
	// ErrNotFound: there is no such connector or version (404).
	ErrNotFound = errors.New("not found")
	// ErrRateLimited: too many requests (429). Error.RetryAfter says when to come back.
	ErrRateLimited = errors.New("rate limited")
	// ErrUnavailable: the API cannot be reached or cannot answer now (408, 425, 5xx, network).
	ErrUnavailable = errors.New("unavailable")
	// ErrOutcomeUnknown: a request was sent and its answer was lost or says nothing, so that the change may or may not
	// have been made. Look before repeating a rollback; a repeated update is harmless.
	ErrOutcomeUnknown = errors.New("outcome unknown")
	// ErrUnexpectedResponse: what was answered is not what the contract says: a redirect, another media type, broken
	// or too much JSON, an undocumented status. Often the base URL is wrong or a proxy answered.
	ErrUnexpectedResponse = errors.New("unexpected response")
)

// Origin says who spoke.
type Origin int

// Who may speak.
const (
	FromClient Origin = iota // this package: the request was not sent, or the call was ended
	FromAPI                  // the API, in the shape that its contract documents
	FromWire                 // the network, or something on it that is not the API
)

// String returns "client", "api" or "wire".
func (o Origin) String() string {
	return [...]string{"client", "api", "wire"}[min(max(o, 0), FromWire)]
}

// Error is the error of every call; errors.As finds it.
type Error struct {
	Operation  string            // the method's name
	From       Origin            // who spoke
	StatusCode int               // of the last answer; 0 if there was none
	Message    string            // the API's text, or what went wrong in one line
	Fields     map[string]string // a text per refused field, by JSON name (nested with a dot) or parameter name
	RequestID  string            // the API's X-Request-Id
	RetryAfter time.Duration     // how long the API asks to wait; 0 if it does not say
	Attempts   int               // requests sent, 0 if none
	Body       []byte            // at most the first 4 KiB of an answer that is not in the API's shape

	kinds []error // sentinels
	cause error   // of the network or the token source; nil if an answer tells it all
}

// bodyInError is how much of an unexpected answer an Error keeps, bytes.
const bodyInError = 4 << 10

// Error returns one line: who said what, and of which kind it is. The body is left out.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: ", e.Operation)
	switch {
	case e.From == FromAPI:
		fmt.Fprintf(&b, "the API answered %d: ", e.StatusCode)
	case e.From == FromWire && e.StatusCode != 0:
		fmt.Fprintf(&b, "status %d, not in the API's words: ", e.StatusCode)
	case e.From == FromWire:
		b.WriteString("no answer: ")
	case e.Attempts == 0:
		b.WriteString("not sent: ")
	}
	b.WriteString(e.Message)
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		fmt.Fprintf(&b, " [%s: %s]", name, e.Fields[name])
	}
	if e.cause != nil {
		fmt.Fprintf(&b, ": %v", e.cause)
	}
	if errors.Is(e, ErrOutcomeUnknown) {
		b.WriteString("; the outcome is unknown")
	}
	e.writeFacts(&b)
	return strings.ReplaceAll(b.String(), "\n", " ")
}

// writeFacts writes what an operator asks for, in parentheses.
func (e *Error) writeFacts(b *strings.Builder) {
	var facts []string
	if e.RetryAfter > 0 {
		facts = append(facts, "retry after "+e.RetryAfter.String())
	}
	if e.Attempts > 1 {
		facts = append(facts, fmt.Sprintf("%d attempts", e.Attempts))
	}
	if e.RequestID != "" {
		facts = append(facts, "request id "+e.RequestID)
	}
	if len(facts) > 0 {
		fmt.Fprintf(b, " (%s)", strings.Join(facts, ", "))
	}
}

// Unwrap returns the kinds of the error and its cause.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return e.kinds
	}
	return append(slices.Clip(e.kinds), e.cause)
}

// LogValue returns the error as a group of attributes, without the body.
func (e *Error) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("operation", e.Operation),
		slog.String("from", e.From.String()),
		slog.String("message", e.Message),
		slog.Int("attempts", e.Attempts),
	}
	if e.StatusCode != 0 {
		attrs = append(attrs, slog.Int("status", e.StatusCode))
	}
	if e.RequestID != "" {
		attrs = append(attrs, slog.String("request_id", e.RequestID))
	}
	if e.RetryAfter > 0 {
		attrs = append(attrs, slog.Duration("retry_after", e.RetryAfter))
	}
	if len(e.Fields) > 0 {
		attrs = append(attrs, slog.Any("fields", e.Fields))
	}
	kinds := make([]string, len(e.kinds))
	for i, kind := range e.kinds {
		kinds[i] = kind.Error()
	}
	attrs = append(attrs, slog.Any("kinds", kinds))
	if e.cause != nil {
		attrs = append(attrs, slog.String("cause", e.cause.Error()))
	}
	return slog.GroupValue(attrs...)
}

// is adds kinds that the error does not have yet, and returns it.
func (e *Error) is(kinds ...error) *Error {
	for _, kind := range kinds {
		if !slices.Contains(e.kinds, kind) {
			e.kinds = append(e.kinds, kind)
		}
	}
	return e
}
