package gateway

import (
	"errors"
	"mime"
	"net/http"
	"strings"

	"github.com/productsupcom/cde/server/validate"
)

// checksAnswer reports whether the answer is held against the contract. There is nothing to hold it against when the
// request named no operation; an answer to HEAD has no body to look at.
func (x *exchange) checksAnswer() bool {
	return x.gateway.config.Answers != Off && x.operation != nil && x.r.Method != http.MethodHead
}

// passes holds an answer against the contract, of which data is the beginning or the whole. It answers with a 502 and returns false
// when the answer is blocked.
func (x *exchange) passes(answer *http.Response, data []byte, whole bool) bool {
	refusal := x.judge(answer, data, whole)
	if refusal == nil {
		return true
	}
	mode := x.gateway.config.Answers
	x.note(refusal, mode)
	if mode == Report {
		return true
	}
	refusal.Respond(x.w)
	return false
}

// judge returns what is wrong with an answer. Only JSON is looked into, and for that all of it must be there.
func (x *exchange) judge(answer *http.Response, data []byte, whole bool) *validate.Refusal {
	switch {
	case len(answer.Header["Content-Encoding"]) > 0 && len(data) > 0:
		return badAnswer(reasonAnswer+"encoding", errors.New("the answer is encoded, unasked"))
	case !whole && isJSON(answer.Header):
		return badAnswer(reasonAnswer+validate.ReasonSize, errors.New("the answer is larger than what is checked"))
	}
	err := x.operation.CheckResponse(answer.StatusCode, answer.Header, data)
	if err == nil {
		return nil
	}
	reason := "body"
	var broken *validate.ResponseError
	if errors.As(err, &broken) {
		reason = broken.Reason
	}
	return badAnswer(reasonAnswer+reason, err)
}

func badAnswer(reason string, cause error) *validate.Refusal {
	return &validate.Refusal{Status: http.StatusBadGateway, Message: http.StatusText(http.StatusBadGateway), Reason: reason, Cause: cause}
}

// isJSON reports whether an answer says that it is JSON.
func isJSON(header http.Header) bool {
	values := header["Content-Type"]
	if len(values) != 1 {
		return false
	}
	if values[0] == "application/json" {
		return true
	}
	name, _, err := mime.ParseMediaType(values[0])
	return err == nil && (name == "application/json" || strings.HasSuffix(name, "+json"))
}
