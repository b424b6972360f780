package gateway

import (
	"errors"
	"io"
	"net/http"

	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/validate"
)

// exchange is one request on its way.
type exchange struct {
	gateway   *Gateway
	contract  *contract
	w         http.ResponseWriter
	r         *http.Request
	operation *validate.Operation // nil: the request names none
	body      []byte              // what is forwarded; valid until end
	stream    io.Reader           // what is forwarded instead when it is over the limit; Report only
	length    int64               // of stream, -1 unknown
	kept      *[]byte             // the buffer behind body, where it is the gateway's own
	broken    bool                // the request was refused, and is forwarded nonetheless
}

// admit holds the request against the contract, in this order: route, caller, then the rest. A nil answer says that it
// may pass.
func (x *exchange) admit() *validate.Refusal {
	if x.r.Method == http.MethodConnect || x.r.URL.Path == "*" {
		return refusedPath
	}
	if x.gateway.config.Requests == Report {
		if refusal := x.keepBody(); refusal != nil {
			return refusal
		}
	}
	operation, params, refusal := x.contract.validator.Route(x.r)
	if refusal != nil {
		return refusal
	}
	x.operation = operation
	if ambiguousPath(x.r.URL.Path) {
		return refusedPath
	}
	if refusal := x.identify(); refusal != nil {
		return refusal
	}
	if leavesHTTP(x.r) {
		return refusedLeave
	}
	refusal = operation.CheckRequest(x.r, params.Get)
	switch {
	case refusal != nil:
		return refusal
	case x.r.URL.RawQuery != "" && ambiguousQuery(x.r.URL.RawQuery):
		return refusedQuery
	case x.gateway.config.Requests == Block:
		x.body, _ = validate.Body(x.r)
	}
	return nil
}

// identify asks who calls.
func (x *exchange) identify() *validate.Refusal {
	if !x.contract.bearer[x.operation] {
		return nil
	}
	var err error
	if a := x.gateway.config.Authenticator; a != nil {
		_, err = a.Authenticate(x.r)
	} else {
		err = auth.WellFormed(x.r)
	}
	if err == nil {
		return nil
	}
	refusal := &validate.Refusal{Status: http.StatusServiceUnavailable, Message: auth.MessageUnavailable, Reason: validate.ReasonAuth, Cause: err}
	var denied *auth.Error
	if errors.As(err, &denied) {
		refusal.Status, refusal.Message = denied.Status, denied.Message
	}
	return refusal
}

// tolerates notes a refusal. In Report mode the request passes nonetheless, unless it cannot be forwarded as what it is: it asks for
// a tunnel, its body cannot be read, or its path could leave the upstream's base path. Otherwise the refusal is the answer.
func (x *exchange) tolerates(refusal *validate.Refusal) bool {
	if x.gateway.config.Requests == Report && x.canForward(refusal) {
		x.broken = true
		x.note(refusal, Report)
		return true
	}
	if refusal.Status < http.StatusBadRequest { // OPTIONS
		x.gateway.metrics.answered(x.name(), refusal.Status)
	} else {
		x.note(refusal, Block)
	}
	respond(x.w, refusal)
	return false
}

func (x *exchange) canForward(refusal *validate.Refusal) bool {
	switch {
	case x.r.Method == http.MethodConnect || x.r.URL.Path == "*" || refusal.Reason == validate.ReasonRead && x.body == nil:
		return false
	}
	return x.gateway.upstream.base == "" || !climbs(x.r.URL.Path)
}

// respond writes a refusal. That of a token brings its own challenge.
func respond(w http.ResponseWriter, refusal *validate.Refusal) {
	var denied *auth.Error
	if errors.As(refusal.Cause, &denied) {
		denied.WriteHTTP(w)
		return
	}
	refusal.Respond(w)
}

// end gives buffers back.
func (x *exchange) end() {
	validate.Release(x.r)
	if x.kept != nil {
		buffers.put(x.kept)
	}
}
