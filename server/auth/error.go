package auth

import (
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// The documented bodies of the API hold one of these messages (the 503 is ours).
const (
	MessageUnauthorized = "You have to be authorized to access this resource."
	MessageForbidden    = "Access denied for user."
	MessageUnavailable  = "Tokens cannot be checked at the moment."
)

// Error is why a request may not go on. Status, Challenge, RetryAfter and Message are for the caller of the API; the text
// of Error, Reason and Subject are for the operator. None of them ever holds a token.
type Error struct {
	Status     int           // 401, 403 or 503
	Message    string        // the documented text of the body
	Challenge  string        // value of WWW-Authenticate; empty for 503
	RetryAfter time.Duration // whole seconds; 503 only
	Reason     string        // why, in a few words of ours
	Subject    string        // who, where the token was good

	code        string // RFC 6750 section 3.1
	description string // for the challenge
	scope       string // the scope that was wanting
	cause       error
}

// Error is Reason and its cause.
func (e *Error) Error() string {
	if e.cause != nil {
		return "auth: " + e.Reason + ": " + e.cause.Error()
	}
	return "auth: " + e.Reason
}

// Unwrap gives the cause, for the log.
func (e *Error) Unwrap() error { return e.cause }

// LogValue is the decision as a group: granted, reason, and where known subject and cause.
func (e *Error) LogValue() slog.Value {
	attrs := []slog.Attr{slog.Bool("granted", false), slog.String("reason", e.Reason)}
	if e.Subject != "" {
		attrs = append(attrs, slog.String("subject", e.Subject))
	}
	if e.cause != nil {
		attrs = append(attrs, slog.String("cause", e.cause.Error()))
	}
	return slog.GroupValue(attrs...)
}

// Header is what an answer with e says in its head beside the media type: challenge, Retry-After, and that nobody keeps it.
func (e *Error) Header() http.Header {
	header := http.Header{"Cache-Control": {"no-store"}}
	if e.Challenge != "" {
		header.Set("WWW-Authenticate", e.Challenge)
	}
	if e.RetryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(int(e.RetryAfter/time.Second)))
	}
	return header
}

// WriteHTTP answers with e: status, [Error.Header] and the documented JSON body.
func (e *Error) WriteHTTP(w http.ResponseWriter) {
	maps.Copy(w.Header(), e.Header())
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.Status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": e.Message})
}

// noToken is the refusal of a request that shows no bearer token at all: its challenge names no error.
func noToken() *Error {
	return &Error{Status: http.StatusUnauthorized, Message: MessageUnauthorized, Reason: "no bearer token"}
}

// badRequest refuses how a token was sent.
func badRequest(reason string) *Error {
	return &Error{Status: http.StatusUnauthorized, Message: MessageUnauthorized, Reason: reason, code: "invalid_request", description: reason}
}

// badToken refuses a token before its signature is known to be good: the challenge gives no detail away.
func badToken(reason string, cause error) *Error {
	return &Error{Status: http.StatusUnauthorized, Message: MessageUnauthorized, Reason: reason, cause: cause,
		code: "invalid_token", description: "the access token is not valid"}
}

// unfitToken refuses a token that the issuer did sign: its bearer may know why.
func unfitToken(reason string, cause error) *Error {
	e := badToken(reason, cause)
	e.description = reason
	return e
}

func missingScope(scope, subject string) *Error {
	return &Error{Status: http.StatusForbidden, Message: MessageForbidden, Reason: "the required scope is missing", Subject: subject,
		code: "insufficient_scope", description: "the required scope is missing", scope: scope}
}

func unavailable(reason string, cause error, after time.Duration) *Error {
	return &Error{Status: http.StatusServiceUnavailable, Message: MessageUnavailable, Reason: reason, cause: cause, RetryAfter: max(after, time.Second)}
}
