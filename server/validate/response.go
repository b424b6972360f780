package validate

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// responses is the declared answers of an operation.
type responses struct {
	exact  map[int]*response
	ranges [6]*response // "2XX" at 2
	other  *response    // "default"
}

type response struct {
	status  string // as declared
	content content
	headers []*responseHeader
}

type responseHeader struct {
	name     string
	required bool
	value    *parameter
}

func newResponses(c *compiler, declared *openapi3.Responses, maxDepth int) responses {
	found := responses{exact: map[int]*response{}}
	for _, status := range declared.Keys() {
		r := newResponse(c, declared.Value(status).Value, maxDepth)
		r.status = status
		code, err := strconv.Atoi(status)
		switch {
		case err == nil:
			found.exact[code] = r
		case len(status) == 3 && status[0] >= '1' && status[0] <= '5':
			found.ranges[status[0]-'0'] = r
		default:
			found.other = r
		}
	}
	return found
}

func newResponse(c *compiler, model *openapi3.Response, maxDepth int) *response {
	r := &response{content: newContent(c, model.Content, maxDepth)}
	for name, ref := range model.Headers {
		if http.CanonicalHeaderKey(name) == "Content-Type" || ref.Value == nil {
			continue
		}
		p := ref.Value.Parameter
		p.Name, p.In = name, openapi3.ParameterInHeader
		r.headers = append(r.headers, &responseHeader{name: http.CanonicalHeaderKey(name), required: p.Required, value: newParameter(c, &p)})
	}
	slices.SortFunc(r.headers, func(a, b *responseHeader) int { return strings.Compare(a.name, b.name) })
	return r
}

func (rs *responses) all() []*response {
	all := slices.Collect(maps.Values(rs.exact))
	all = append(append(all, rs.ranges[:]...), rs.other)
	all = slices.DeleteFunc(all, func(r *response) bool { return r == nil })
	slices.SortFunc(all, func(a, b *response) int { return strings.Compare(a.status, b.status) })
	return all
}

// whys says which answers are not compiled.
func (rs *responses) whys() []string {
	var whys []string
	for _, r := range rs.all() {
		whys = append(whys, r.content.whys("response "+r.status)...)
	}
	return whys
}

// find returns what is declared for a status: itself, its range or the default.
func (rs *responses) find(status int) *response {
	if r := rs.exact[status]; r != nil {
		return r
	}
	if status >= 100 && status < 600 && rs.ranges[status/100] != nil {
		return rs.ranges[status/100]
	}
	return rs.other
}

// ResponseError says how an answer breaks the contract, without any of its values.
type ResponseError struct {
	Operation string // operationId
	Status    int
	Reason    string // "status", "media-type", "headers", "body" or "json"
	Cause     string // where and which rule; may be empty
}

func (e *ResponseError) Error() string {
	text := fmt.Sprintf("%s: answer %d breaks the contract: %s", e.Operation, e.Status, e.Reason)
	if e.Cause != "" {
		text += ": " + e.Cause
	}
	return text
}

// CheckResponse checks a whole answer: its status is declared, its headers, media
// type and body are as the contract says. body is the bytes as they are sent, without
// a content encoding. Answers to HEAD are for the caller to leave out. The error is a *ResponseError.
func (o *Operation) CheckResponse(status int, h http.Header, body []byte) error {
	r := o.responses.find(status)
	if r == nil {
		return &ResponseError{o.ID, status, "status", "not declared"}
	}
	for _, header := range r.headers {
		if cause := header.check(h); cause != "" {
			return &ResponseError{o.ID, status, "headers", cause}
		}
	}
	if len(r.content) == 0 {
		if len(body) > 0 {
			return &ResponseError{o.ID, status, "body", "none is declared"}
		}
		return nil
	}
	media, ok := r.content.find(h["Content-Type"])
	if !ok {
		return &ResponseError{o.ID, status, "media-type", ""}
	}
	if media.doc == nil {
		return nil // not JSON: nothing is known of its form
	}
	if f := media.doc.check(body); f != nil {
		reason := "body"
		if f.json {
			reason = "json"
		}
		return &ResponseError{o.ID, status, reason, f.Error()}
	}
	return nil
}

// check returns what is wrong with the header, or "".
func (rh *responseHeader) check(h http.Header) string {
	values := h[rh.name]
	switch {
	case len(values) == 0 && rh.required:
		return rh.name + " is missing"
	case len(values) != 1 || rh.value.doc == nil || rh.value.accepts(values[0]):
		return ""
	}
	f := &findings{}
	if rh.value.explain(f, values[0]); f.empty() {
		return ""
	}
	return f.Error()
}
