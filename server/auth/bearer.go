package auth

import (
	"net/http"
	"net/url"
	"strings"
)

// WellFormed asks that r carries exactly one well-formed bearer token and does not look whether it is a good one: for a
// gateway that leaves the check to its upstream. The error is an [*Error] with status 401 and a challenge.
func WellFormed(r *http.Request) error {
	if _, refusal := bearer(r); refusal != nil {
		refusal.Challenge = address{}.challenge(refusal, r)
		return refusal
	}
	return nil
}

// bearer takes the token from the one Authorization header (RFC 6750 section 2.1).
func bearer(r *http.Request) (string, *Error) {
	if r.URL.RawQuery != "" && tokenInQuery(r.URL.RawQuery) {
		return "", badRequest("an access token in the query is refused")
	}
	values := r.Header["Authorization"]
	if len(values) == 0 {
		return "", noToken()
	}
	if len(values) > 1 {
		return "", badRequest("more than one Authorization header")
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", noToken()
	}
	token = strings.Trim(token, " ")
	switch {
	case token == "":
		return "", noToken()
	case len(token) > tokenLimit:
		return "", badToken("the token is longer than 16 KiB", nil)
	case !b64token(token):
		return "", badToken("the token has characters that no token has", nil)
	}
	return token, nil
}

// b64token is the grammar of RFC 6750 section 2.1: letters, digits and -._~+/ , then any number of =.
func b64token(s string) bool {
	s = strings.TrimRight(s, "=")
	for i := range len(s) {
		if !tokenCharacter[s[i]] {
			return false
		}
	}
	return s != ""
}

var tokenCharacter = characters("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/")

func characters(set string) (table [256]bool) {
	for i := range len(set) {
		table[set[i]] = true
	}
	return table
}

// tokenInQuery finds a parameter named access_token however it is spelled, so that no upstream can.
func tokenInQuery(raw string) bool {
	for parameter := range strings.FieldsFuncSeq(raw, func(r rune) bool { return r == '&' || r == ';' }) {
		name, _, _ := strings.Cut(parameter, "=")
		if decoded, err := url.QueryUnescape(name); err == nil {
			name = decoded
		}
		if strings.EqualFold(name, "access_token") {
			return true
		}
	}
	return false
}
