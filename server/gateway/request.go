package gateway

import (
	"net"
	"net/http"
	"strconv"
)

// via names the gateway to servers on the way (RFC 9110 section 7.6.3).
const via = "1.1 cded"

// appendHead appends the head of the request as the upstream is to see it: the target that was checked under the upstream's base
// path, the headers that may pass, where it came from, and one framing.
func (x *exchange) appendHead(b []byte) []byte {
	r := x.r
	b = append(append(b, r.Method...), ' ')
	b = x.appendTarget(b)
	b = append(append(append(b, " HTTP/1.1\r\nHost: "...), x.gateway.upstream.host...), "\r\n"...)
	connection := r.Header["Connection"]
	checksAnswer := x.checksAnswer()
	for name, values := range r.Header {
		if !x.contract.forwards(name, connection) || checksAnswer && name == "Accept-Encoding" {
			continue
		}
		for _, value := range values {
			b = appendField(b, name, value)
		}
	}
	if len(r.Header["Te"]) > 0 && namedIn(r.Header["Te"], "trailers") {
		b = appendField(b, "TE", "trailers")
		b = appendField(b, "Connection", "TE")
	}
	b = appendForwarding(b, r)
	return append(x.appendFraming(b), "\r\n"...)
}

// appendTarget appends the request target. Of a checked request it is the encoding of what was checked, of another one the
// bytes that came.
func (x *exchange) appendTarget(b []byte) []byte {
	path := x.r.URL.EscapedPath()
	if x.broken && x.r.URL.RawPath != "" {
		path = x.r.URL.RawPath
	}
	if path == "" {
		path = "/"
	}
	b = append(append(b, x.gateway.upstream.base...), path...)
	if x.r.URL.RawQuery != "" || x.r.URL.ForceQuery {
		b = append(append(b, '?'), x.r.URL.RawQuery...)
	}
	return b
}

// appendFraming appends the one header that says where the body ends: its exact length, or chunks where it is not known.
func (x *exchange) appendFraming(b []byte) []byte {
	length := int64(len(x.body))
	if x.stream != nil {
		length = x.length
	}
	switch {
	case length < 0:
		return appendField(b, "Transfer-Encoding", "chunked")
	case length > 0 || x.r.Method == http.MethodPost || x.r.Method == http.MethodPut || x.r.Method == http.MethodPatch:
		b = append(b, "Content-Length: "...)
		return append(strconv.AppendInt(b, length, 10), "\r\n"...)
	}
	return b
}

// appendForwarding says where the request came from, in place of whatever the client said.
func appendForwarding(b []byte, r *http.Request) []byte {
	b = appendField(b, "Via", via)
	client, _, err := net.SplitHostPort(r.RemoteAddr)
	if err == nil {
		b = appendField(b, "X-Forwarded-For", client)
		b = appendField(b, "X-Real-Ip", client)
	}
	b = appendField(b, "X-Forwarded-Host", r.Host)
	if r.TLS != nil {
		return appendField(b, "X-Forwarded-Proto", "https")
	}
	return appendField(b, "X-Forwarded-Proto", "http")
}

// appendField appends one header. A value that would end its line, which no client can send, is left out.
func appendField(b []byte, name, value string) []byte {
	if smuggles(value) {
		return b
	}
	b = append(append(b, name...), ": "...)
	return append(append(b, value...), "\r\n"...)
}
