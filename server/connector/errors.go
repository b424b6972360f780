package connector

import (
	"errors"
	"strings"
	"time"
)

// Error is a refusal with nothing to tell but its text, which is the answer's message, to the letter.
type Error string

// Error returns the message.
func (e Error) Error() string { return string(e) }

// The refusals that the API documents with a status of their own.
const (
	ErrConnectorNotFound Error = "Connector not found."                       // 404
	ErrVersionNotFound   Error = "Connector does not have specified version." // 404
	ErrAccessDenied      Error = "Access denied for user."                    // 403
)

// RefusalError says that a rule forbids the operation now: status 400, this message, and no field errors.
type RefusalError struct {
	Message string
}

// Error returns the message.
func (e *RefusalError) Error() string { return e.Message }

// FieldError says which fields of a request are wrong: status 400, message "Bad request.".
type FieldError struct {
	Fields []Field // at least one, in the documented order of the request's members
}

// Field is one wrong field of a request.
type Field struct {
	Name string // the JSON name; nested names are joined by a dot
	Text string // what is wrong with it, in the API's words
}

// Error returns the fields and their texts on one line.
func (e *FieldError) Error() string {
	var b strings.Builder
	for i, f := range e.Fields {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(f.Name + ": " + f.Text)
	}
	return b.String()
}

// What a [Store] may fail with beside the refusals; errors.Is finds them.
var (
	// ErrUnavailable: the store cannot do this now and nothing was changed; trying again later may help.
	ErrUnavailable = errors.New("connector: store unavailable")
	// ErrOutcomeUnknown: the commit was sent and its fate is unknown; the change may or may not be there.
	ErrOutcomeUnknown = errors.New("connector: outcome unknown")
)

// UnavailableError is an [ErrUnavailable] that knows when to come back.
type UnavailableError struct {
	RetryAfter time.Duration // a guess; 0 if there is none
	Cause      error         // for the operator's log, never for the caller
}

// Error returns the cause behind the words of [ErrUnavailable].
func (e *UnavailableError) Error() string {
	if e.Cause == nil {
		return ErrUnavailable.Error()
	}
	return ErrUnavailable.Error() + ": " + e.Cause.Error()
}

// Is reports true for [ErrUnavailable].
func (e *UnavailableError) Is(target error) bool { return target == ErrUnavailable }

// Unwrap returns the cause.
func (e *UnavailableError) Unwrap() error { return e.Cause }
