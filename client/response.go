package client

import "net/http"

// Response is what the API answered, beside the typed result; see [WithResponseInto].
type Response struct {
	StatusCode int         // of the last answer; 0 if there was none
	Header     http.Header // of the last answer
	RequestID  string      // the API's X-Request-Id, for its operators
	Attempts   int         // requests sent, at least 1 unless nothing was sent
	Body       []byte      // the last answer's body as it came, members unknown to this client included
}

// CallOption changes one call.
type CallOption func(*call)

// WithResponseInto fills r when the call ends, whether it succeeds or fails. r must not be shared between calls
// that run at the same time; nil is ignored.
func WithResponseInto(r *Response) CallOption {
	return func(c *call) {
		if r != nil {
			c.into = r
		}
	}
}
