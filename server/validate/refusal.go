package validate

import (
	"net/http"
	"strconv"
	"unicode/utf8"
)

// The texts of field errors, in the voice of the API's documented answers.
// A text never holds the value it is about.
const (
	TextBlank      = "This value should not be blank."
	TextMissing    = "This field is missing."
	TextUnexpected = "This field was not expected."
	TextInvalid    = "This value is not valid."
	TextUUID       = "This is not a valid UUID."
)

// MessageBadRequest is the message of every refusal with status 400 that the
// contract's rules cause.
const MessageBadRequest = "Bad request."

// Reasons name why a request was refused: a small, closed set, fit for a
// metric's label.
const (
	ReasonRoute      = "route"      // 404: no such path
	ReasonMethod     = "method"     // 405, and 204 for OPTIONS: path known, method not
	ReasonAuth       = "auth"       // for the caller's own use: 401 and 403
	ReasonMediaType  = "media-type" // 415: Content-Type
	ReasonEncoding   = "encoding"   // 415: Content-Encoding
	ReasonSize       = "size"       // 413: body over the limit
	ReasonRead       = "read"       // 400 or 408: body could not be read
	ReasonJSON       = "json"       // 400: not one strict JSON document
	ReasonBody       = "body"       // 400: body against the schema, or a body where none is declared
	ReasonParameters = "parameters" // 400: path, query, header or cookie
)

const (
	maxFields     = 20  // fields named in one refusal
	maxFieldRunes = 100 // characters of a field's name
)

// Field is one refused member of a request: Name is its JSON name, nested with
// a dot ("config.name", "items.0"), or the parameter's name; Text says why.
type Field struct{ Name, Text string }

// Refusal is the documented answer to a request that breaks the contract. It is
// the one place that writes the error body: {"message"}, and for status 400
// also "errors", an object of field texts or, without fields, an empty array.
//
// Header, Reason and Cause are for the answer's head, the metric and the log.
// Neither Message, Fields nor Cause hold a value of the request. A Refusal
// that this package returns may be shared between requests and must not be changed.
type Refusal struct {
	Status  int
	Message string
	Fields  []Field     // in the order they are written; at most 20, declared ones chosen first, names of at most 100 characters
	Header  http.Header // written with the answer: Allow, Accept, Connection; may be nil
	Reason  string      // one of the Reason constants
	Cause   error       // for the operator; may be nil
}

// Error returns the reason and the cause, for the log.
func (r *Refusal) Error() string {
	text := strconv.Itoa(r.Status) + " " + r.Reason
	if r.Cause != nil {
		text += ": " + r.Cause.Error()
	}
	return text
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Cause }

// AppendJSON appends the answer's body to b.
func (r *Refusal) AppendJSON(b []byte) []byte {
	b = append(b, `{"message":`...)
	b = appendString(b, r.Message)
	switch {
	case r.Status != http.StatusBadRequest:
	case len(r.Fields) == 0:
		b = append(b, `,"errors":[]`...)
	default:
		b = append(b, `,"errors":{`...)
		for i, f := range r.Fields {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, f.Name), ':')
			b = appendString(b, f.Text)
		}
		b = append(b, '}')
	}
	return append(b, '}')
}

// jsonMediaType is shared by all answers: a header's value slice is read-only
// once it is set.
var jsonMediaType = []string{"application/json"}

// Respond writes the answer to w: head, status and body. A 204 has no body.
func (r *Refusal) Respond(w http.ResponseWriter) {
	head := w.Header()
	for name, values := range r.Header {
		head[name] = values
	}
	if r.Status == http.StatusNoContent {
		w.WriteHeader(r.Status)
		return
	}
	body := buffers.get()
	defer buffers.put(body)
	body.b = r.AppendJSON(body.b[:0])
	head["Content-Type"] = jsonMediaType
	head["Content-Length"] = []string{strconv.Itoa(len(body.b))}
	w.WriteHeader(r.Status)
	_, _ = w.Write(body.b) // the peer is gone: nobody to tell
}

// badRequest makes the 400 of the given fields.
func badRequest(reason string, cause error, fields ...Field) *Refusal {
	return &Refusal{Status: http.StatusBadRequest, Message: MessageBadRequest, Fields: fields, Reason: reason, Cause: cause}
}

// plain makes a refusal whose message is the status's reason phrase.
func plain(status int, reason string, header http.Header) *Refusal {
	return &Refusal{Status: status, Message: http.StatusText(status), Header: header, Reason: reason}
}

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string that is also inert inside HTML.
// Invalid UTF-8 becomes U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ' || c == '<' || c == '>' || c == '&' || c == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += size
			continue
		}
		i++
	}
	return append(b, '"')
}

// cutName cuts a field's name to the length that answers show.
func cutName(name string) string {
	n := 0
	for i := range name {
		if n == maxFieldRunes {
			return name[:i]
		}
		n++
	}
	return name
}
