package gateway

import (
	"net/http"
	"strings"
)

// Request headers that do not reach the upstream as the client wrote them, in canonical form.
var dropped = names(
	// They speak about one connection (RFC 9110 section 7.6.1); the gateway's own connection has its own.
	"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade", "Http2-Settings", "Expect",
	// The gateway writes them from what it checked.
	"Host", "Content-Length",
	// They claim where a request came from. The gateway says so itself; see appendForwarding.
	"Forwarded", "X-Real-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "Fastly-Client-Ip",
	"X-Original-Host", "X-Host", "X-Remote-User", "Remote-User",
	// They make another request of the one that was checked.
	"X-Http-Method-Override", "X-Http-Method", "X-Method-Override",
	"X-Original-Url", "X-Rewrite-Url", "X-Original-Uri", "X-Original-Method",
)

// forwarding begins the names of a whole family of headers that claim where a request came from.
const forwarding = "X-Forwarded"

// endToEnd are headers that a Connection header cannot take out of a request: the check relied on them. Those that the
// contract declares join them.
var endToEnd = names("Authorization", "Content-Type", "Content-Encoding", "Cookie")

// hopByHop are the headers of an answer that speak about the upstream's connection.
var hopByHop = names("Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Te", "Trailer", "Transfer-Encoding", "Upgrade")

func names(list ...string) map[string]bool {
	set := make(map[string]bool, len(list))
	for _, name := range list {
		set[name] = true
	}
	return set
}

// forwards reports whether the upstream may see a request header. An underscore is a dash to whoever reads headers as CGI
// variables, so that it must be declared or goes.
func (c *contract) forwards(name string, connection []string) bool {
	if dropped[name] || strings.HasPrefix(name, forwarding) {
		return false
	}
	if c.declared[name] {
		return true
	}
	if strings.IndexByte(name, '_') >= 0 {
		return false
	}
	return len(connection) == 0 || endToEnd[name] || !namedIn(connection, name)
}

// namedIn reports whether a Connection header names another header.
func namedIn(connection []string, name string) bool {
	for _, value := range connection {
		for option := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(option), name) {
				return true
			}
		}
	}
	return false
}

// copyAnswer copies the headers of an answer that are meant for the caller.
func copyAnswer(to, from http.Header) {
	connection := from["Connection"]
	for name, values := range from {
		if hopByHop[name] || len(connection) > 0 && namedIn(connection, name) {
			continue
		}
		to[name] = values
	}
	if _, ok := from["Content-Type"]; !ok {
		to["Content-Type"] = nil // or net/http would guess one
	}
}

// smuggles reports whether a header's value would end its line. No server of HTTP/1 lets it through; a handler in front may.
func smuggles(value string) bool { return strings.ContainsAny(value, "\r\n\x00") }
