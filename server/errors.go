package server

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/validate"
)

// answers is what the rules may fail with, and the answer to it. The messages are the documented ones: those of the
// rules are their errors' texts, the others are the status's phrase.
var answers = []struct {
	err     error
	status  int
	message string
	reason  string
}{
	{connector.ErrConnectorNotFound, http.StatusNotFound, connector.ErrConnectorNotFound.Error(), "connector"},
	{connector.ErrVersionNotFound, http.StatusNotFound, connector.ErrVersionNotFound.Error(), "version"},
	{connector.ErrAccessDenied, http.StatusForbidden, connector.ErrAccessDenied.Error(), reasonDenied},
	{connector.ErrOutcomeUnknown, http.StatusServiceUnavailable, "", "outcome unknown"},
	{connector.ErrUnavailable, http.StatusServiceUnavailable, "", "unavailable"},
	{context.Canceled, http.StatusServiceUnavailable, "", "canceled"},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "", "timeout"},
}

// reasonDenied is a caller with a good token who may not touch this connector.
const reasonDenied = "denied"

// fail is the one place that answers a request which was not served.
func (s *Server) fail(err error, c echo.Context) {
	refusal := refusalOf(err)
	current := callOf(c.Request().Context())
	current.refusal = refusal
	if refusal.Cause != nil {
		current.cause = refusal.Cause
	}
	if c.Response().Committed {
		current.cause = errors.Join(err, errors.New("the answer had begun"))
		return
	}
	refusal.Respond(c.Response())
}

// refusalOf is the answer to err. What nobody foresaw is a plain 500 whose cause goes to the log alone.
func refusalOf(err error) *validate.Refusal {
	if refusal, ok := err.(*validate.Refusal); ok { //nolint:errorlint // the short way for what is refused most; the long way follows
		return refusal
	}
	var (
		refusal *validate.Refusal
		denied  *auth.Error
		fields  *connector.FieldError
		rule    *connector.RefusalError
		framed  *echo.HTTPError
	)
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.As(err, &denied):
		return &validate.Refusal{Status: denied.Status, Message: denied.Message, Header: denied.Header(), Reason: validate.ReasonAuth, Cause: denied}
	case errors.As(err, &fields):
		return &validate.Refusal{Status: http.StatusBadRequest, Message: validate.MessageBadRequest, Fields: fieldsOf(fields), Reason: "rules"}
	case errors.As(err, &rule):
		return &validate.Refusal{Status: http.StatusBadRequest, Message: rule.Message, Reason: "rules"}
	case errors.As(err, &framed):
		return &validate.Refusal{Status: framed.Code, Message: http.StatusText(framed.Code), Reason: validate.ReasonRoute, Cause: framed.Internal}
	}
	for _, answer := range answers {
		if errors.Is(err, answer.err) {
			return known(err, answer.status, answer.message, answer.reason)
		}
	}
	return known(err, http.StatusInternalServerError, "", "internal")
}

// known makes the answer of a row. Only failures of the server have a cause worth a line.
func known(err error, status int, message, reason string) *validate.Refusal {
	refusal := &validate.Refusal{Status: status, Message: message, Reason: reason}
	if message == "" {
		refusal.Message, refusal.Cause = http.StatusText(status), err
	}
	var unavailable *connector.UnavailableError
	if errors.As(err, &unavailable) && unavailable.RetryAfter > 0 {
		refusal.Header = http.Header{"Retry-After": {seconds(unavailable.RetryAfter)}}
	}
	return refusal
}

func fieldsOf(e *connector.FieldError) []validate.Field {
	fields := make([]validate.Field, len(e.Fields))
	for i, field := range e.Fields {
		fields[i] = validate.Field(field)
	}
	return fields
}

// seconds rounds up, so that nobody comes back early.
func seconds(d time.Duration) string {
	return strconv.Itoa(int((d + time.Second - 1) / time.Second))
}
