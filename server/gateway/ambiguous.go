package gateway

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/productsupcom/cde/server/validate"
)

// reasonUpgrade is a request to leave HTTP.
const reasonUpgrade = "upgrade"

var (
	refusedPath  = &validate.Refusal{Status: http.StatusNotFound, Message: http.StatusText(http.StatusNotFound), Reason: validate.ReasonRoute}
	refusedQuery = &validate.Refusal{Status: http.StatusBadRequest, Message: validate.MessageBadRequest, Reason: validate.ReasonParameters}
	refusedLeave = &validate.Refusal{Status: http.StatusBadRequest, Message: validate.MessageBadRequest, Reason: reasonUpgrade}
)

// ambiguousPath reports whether another server could read a decoded path in another way than its segments say,
// beyond what validate refuses: path parameters (RFC 3986 section 3.3) behind which a dot segment hides, a second layer of
// encoding, control characters.
func ambiguousPath(path string) bool {
	plain := true
	for i := range len(path) {
		switch c := path[i]; {
		case c == ';' || c == '%':
			plain = false
		case c < ' ' || c == 0x7f:
			return true
		}
	}
	if plain {
		return false
	}
	for segment := range strings.SplitSeq(path[1:], "/") {
		name, _, found := strings.Cut(segment, ";")
		if found && (name == "" || name == "." || name == "..") || hidesSegment(segment) {
			return true
		}
	}
	return false
}

// hidesSegment reports whether a decoded segment still holds an encoded dot, slash, backslash or NUL.
func hidesSegment(segment string) bool {
	for {
		_, rest, found := strings.Cut(segment, "%")
		if !found {
			return false
		}
		if len(rest) >= 2 {
			switch strings.ToLower(rest[:2]) {
			case "2e", "2f", "5c", "00", "25":
				return true
			}
		}
		segment = rest
	}
}

// ambiguousQuery reports whether another server could read a query in another way: a fragment, bytes that are neither
// printable nor ASCII, a semicolon or a broken escape, a method in disguise.
func ambiguousQuery(query string) bool {
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c >= 0x7f || c == '#' || c == ';' {
			return true
		}
	}
	for parameter := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(parameter, "=")
		decoded, err := url.QueryUnescape(name)
		if err == nil {
			_, err = url.QueryUnescape(value)
		}
		if err != nil || strings.EqualFold(decoded, "_method") {
			return true
		}
	}
	return false
}

// leavesHTTP reports whether r asks to make something else of the connection. An offer of HTTP/2 is not taken, and that is all.
func leavesHTTP(r *http.Request) bool {
	for _, value := range r.Header["Upgrade"] {
		for protocol := range strings.SplitSeq(value, ",") {
			if p := strings.TrimSpace(protocol); p != "" && !strings.EqualFold(p, "h2c") {
				return true
			}
		}
	}
	return false
}

// climbs reports whether a path has a segment that could lead out of the upstream's base path.
func climbs(path string) bool {
	for segment := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		name, _, _ := strings.Cut(segment, ";")
		if name == ".." || hidesSegment(segment) {
			return true
		}
	}
	return false
}

func trimSlash(path string) string { return strings.TrimSuffix(path, "/") }
