package server

import (
	"context"
	"crypto/rand"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/validate"
)

// call is what the layers learn of one request on its way in, for the rules and for the log line.
// It is the context of the request too.
type call struct {
	context.Context
	requestID string
	header    [1]string           // the request id as a header's values
	operation *validate.Operation // nil until a route of the contract matched
	caller    auth.Caller         // zero until the token was verified
	refusal   *validate.Refusal   // why the request was not served, if it was not
	cause     error               // the same for the operator
}

type callKey struct{}

// Value returns c itself for its own key.
func (c *call) Value(key any) any {
	if _, own := key.(callKey); own {
		return c
	}
	return c.Context.Value(key)
}

// callOf returns what is known of the request that ctx belongs to.
func callOf(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return &call{Context: ctx}
}

// headerRequestID is written in its canonical form, so that net/http need not bring it there.
const headerRequestID = "X-Request-Id"

// identify gives the request its id: the caller's own if it is one, else a new one. The answer names it.
func (s *Server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		current := &call{Context: r.Context(), requestID: requestID(r)}
		current.header[0] = current.requestID
		c.SetRequest(r.WithContext(current))
		c.Response().Header()[headerRequestID] = current.header[:]
		return next(c)
	}
}

// requestID returns the id that the caller sent, if it is fit for a log line, else a random one of 26 characters.
func requestID(r *http.Request) string {
	if ids := r.Header[headerRequestID]; len(ids) == 1 && presentable(ids[0]) {
		return ids[0]
	}
	return rand.Text()
}

func presentable(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for _, b := range []byte(id) {
		switch {
		case '0' <= b && b <= '9', 'A' <= b && b <= 'Z', 'a' <= b && b <= 'z', b == '-', b == '_', b == '.':
		default:
			return false
		}
	}
	return true
}
