package validate

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// requestBody is the declared body of an operation's requests.
type requestBody struct {
	required bool
	content  content
	accept   http.Header // of a 415
	model    *openapi3.RequestBody
}

func newRequestBody(c *compiler, model *openapi3.RequestBody, maxDepth int) *requestBody {
	b := &requestBody{required: model.Required, content: newContent(c, model.Content, maxDepth), model: model}
	b.accept = b.content.accept()
	return b
}

// CheckRequest checks everything but route and caller, in this order: media type (415),
// content encoding (415), size (413), then parameters and body together (400, all
// fields in one refusal). param returns the value of a path parameter as the
// handler will see it.
//
// A body is read whole, at most the limit, and r.Body becomes a reader over the
// very bytes that were checked, with r.ContentLength to match; see Body and Release.
// A body where the contract declares none is refused. It returns nil when the
// request keeps the contract.
func (o *Operation) CheckRequest(r *http.Request, param func(name string) string) *Refusal {
	media, refusal := o.receive(r)
	if refusal != nil {
		return refusal
	}
	var f *findings
	if data, ok := Body(r); ok && media != nil {
		f = media.check(r, data, o.body)
	}
	query, err := parseQuery(r.URL)
	if f == nil && err == nil && o.acceptsParameters(r, param, query) {
		return nil
	}
	return o.refuse(f, r, param, query, err)
}

// CheckBody checks a JSON request body alone, as CheckRequest does: against the first
// JSON media type that the operation declares. It reads no more than data. Without such a
// media type it refuses every body.
func (o *Operation) CheckBody(data []byte) *Refusal {
	if o.body != nil {
		for i := range o.body.content {
			if doc := o.body.content[i].doc; doc != nil {
				f := doc.check(data)
				if f == nil {
					return nil
				}
				return f.refusal(ReasonBody)
			}
		}
	}
	return badRequest(ReasonBody, errSomeBody)
}

// refuse words what is wrong with the body, f, and with the parameters.
func (o *Operation) refuse(f *findings, r *http.Request, param func(string) string, query url.Values, malformed error) *Refusal {
	reason := ReasonBody
	if f == nil {
		f, reason = &findings{}, ReasonParameters
	}
	if malformed != nil {
		f.add(nil, "malformed query", TextInvalid, rankOther)
	}
	for _, p := range o.parameters {
		if malformed == nil || p.in != openapi3.ParameterInQuery {
			p.check(f, r, param, query)
		}
	}
	if f.empty() {
		return nil
	}
	return f.refusal(reason)
}

// parseQuery reads the query strictly: what two readers could understand differently is an error.
func parseQuery(u *url.URL) (url.Values, error) {
	if u.RawQuery == "" {
		return nil, nil
	}
	return url.ParseQuery(u.RawQuery)
}

// acceptsParameters reports whether the compiled checks accept all parameters.
func (o *Operation) acceptsParameters(r *http.Request, param func(string) string, query url.Values) bool {
	for _, p := range o.parameters {
		if p.doc == nil {
			return false
		}
		v, n := p.value(r, param, query)
		if n > 1 || n == 1 && !p.accepts(v) || n == 0 && p.model.Required {
			return false
		}
	}
	return true
}

// receive checks the head of the request's body and reads it. It returns the
// declared media type, nil when there is no body to check.
func (o *Operation) receive(r *http.Request) (*mediaType, *Refusal) {
	none := r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0
	if o.body == nil {
		return nil, o.refuseBody(r, none)
	}
	if none && !o.body.required {
		return nil, nil
	}
	media, ok := o.body.content.find(r.Header["Content-Type"])
	if !ok {
		return nil, plain(http.StatusUnsupportedMediaType, ReasonMediaType, o.body.accept)
	}
	if encoded(r) {
		return nil, refusedEncoding
	}
	if r.ContentLength > o.bodyLimit {
		return nil, refusedSize
	}
	if none {
		return nil, badRequest(ReasonBody, errNoBody)
	}
	if refusal := readBody(r, o.bodyLimit); refusal != nil {
		return nil, refusal
	}
	if r.ContentLength == 0 {
		if o.body.required {
			return nil, badRequest(ReasonBody, errNoBody)
		}
		return nil, nil
	}
	return media, nil
}

var (
	errNoBody   = errors.New("no body where one is required")
	errSomeBody = errors.New("a body where none is declared")

	refusedEncoding = plain(http.StatusUnsupportedMediaType, ReasonEncoding, http.Header{"Accept-Encoding": {"identity"}})
	refusedSize     = plain(http.StatusRequestEntityTooLarge, ReasonSize, http.Header{"Connection": {"close"}})
)

// encoded reports whether the body is sent in a content coding (RFC 9110, 8.4).
func encoded(r *http.Request) bool { return len(r.Header["Content-Encoding"]) > 0 }

// refuseBody refuses a body on an operation that declares none: 413 over the limit, which a
// chunked body is read up to, else 400. A chunked body without a byte in it is none.
func (o *Operation) refuseBody(r *http.Request, none bool) *Refusal {
	if none {
		return nil
	}
	if encoded(r) {
		return refusedEncoding
	}
	if r.ContentLength > o.bodyLimit {
		return refusedSize
	}
	if r.ContentLength > 0 {
		return badRequest(ReasonBody, errSomeBody)
	}
	switch n, err := io.CopyN(io.Discard, r.Body, o.bodyLimit+1); {
	case n > o.bodyLimit:
		return refusedSize
	case !errors.Is(err, io.EOF):
		return unreadable(err)
	case n > 0:
		return badRequest(ReasonBody, errSomeBody)
	}
	r.Body, r.ContentLength, r.TransferEncoding = http.NoBody, 0, nil
	return nil
}

// readBody reads r.Body whole and puts a reader over its bytes in its place.
func readBody(r *http.Request, limit int64) *Refusal {
	buf := buffers.get()
	if n := r.ContentLength; n >= 0 {
		buf.b = slices.Grow(buf.b, int(n)+1)
	}
	for {
		if len(buf.b) == cap(buf.b) {
			buf.b = append(buf.b, 0)[:len(buf.b)]
		}
		n, err := r.Body.Read(buf.b[len(buf.b):cap(buf.b)])
		buf.b = buf.b[:len(buf.b)+n]
		switch {
		case int64(len(buf.b)) > limit:
			buffers.put(buf)
			return refusedSize
		case err == io.EOF:
			_ = r.Body.Close()
			r.Body, r.ContentLength, r.TransferEncoding = &body{buf: buf}, int64(len(buf.b)), nil
			return nil
		case err != nil:
			buffers.put(buf)
			return unreadable(err)
		}
	}
}

// unreadable words an error of reading a body: cut off, too slow or too large for
// somebody in front.
func unreadable(err error) *Refusal {
	header := http.Header{"Connection": {"close"}}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return refusedSize
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &Refusal{Status: http.StatusRequestTimeout, Message: http.StatusText(http.StatusRequestTimeout), Header: header, Reason: ReasonRead, Cause: err}
	}
	refusal := badRequest(ReasonRead, err)
	refusal.Header = header
	return refusal
}

// check returns what is wrong with the bytes of a body of this media type.
func (m *mediaType) check(r *http.Request, data []byte, declared *requestBody) *findings {
	if m.doc != nil {
		return m.doc.check(data)
	}
	copied := r.Clone(r.Context())
	copied.Body = io.NopCloser(bytes.NewReader(data))
	input := &openapi3filter.RequestValidationInput{
		Request: copied,
		Options: &openapi3filter.Options{SkipSettingDefaults: true, MultiError: true},
	}
	if err := openapi3filter.ValidateRequestBody(r.Context(), input, declared.model); err != nil {
		f := &findings{}
		f.add(nil, "body that is not JSON", TextInvalid, rankOther)
		return f
	}
	return nil
}
