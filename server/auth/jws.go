package auth

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
)

// signedToken is a JWS in compact serialisation (RFC 7515 section 3.1), decoded and not yet trusted.
type signedToken struct {
	signed      string // what the signature is over
	header      []byte
	payload     []byte
	signature   []byte
	alg, kid    string
	accessToken bool // typ says so by name
}

var strictBase64 = base64.RawURLEncoding.Strict()

// splitToken accepts three non-empty parts in canonical base64url: one text, one token.
func splitToken(token string) (*signedToken, error) {
	header, rest, _ := strings.Cut(token, ".")
	payload, signature, ok := strings.Cut(rest, ".")
	if !ok || header == "" || payload == "" || signature == "" || strings.Contains(signature, ".") {
		return nil, errors.New("want three parts")
	}
	parts := &signedToken{signed: token[:len(header)+1+len(payload)]}
	var err [3]error
	parts.header, err[0] = strictBase64.DecodeString(header)
	parts.payload, err[1] = strictBase64.DecodeString(payload)
	parts.signature, err[2] = strictBase64.DecodeString(signature)
	return parts, errors.Join(err[:]...)
}

var headerNames = []string{"alg", "typ", "kid", "crit", "b64", "zip", "jwk", "jku", "x5u", "x5c"}

// checkHeader refuses everything that a header may say to change how the token is verified.
func (t *signedToken) checkHeader(types []string) error {
	var room [6]member
	header, err := parseObject(t.header, headerNames, room[:])
	if err != nil {
		return err
	}
	if header.has("crit", "b64", "zip") {
		return errors.New("an extension is demanded")
	}
	if header.has("jwk", "jku", "x5u", "x5c") {
		return errors.New("the token brings its own key")
	}
	var ok bool
	if t.alg, ok = header.text("alg"); !ok {
		return errors.New("no alg")
	}
	if t.kid, ok = header.text("kid"); !ok && header.has("kid") {
		return errors.New("kid is not a string")
	}
	typ, _ := header.text("typ")
	if len(typ) > len("application/") && strings.EqualFold(typ[:len("application/")], "application/") {
		typ = typ[len("application/"):]
	}
	t.accessToken = strings.EqualFold(typ, "at+jwt")
	if !slices.ContainsFunc(types, func(s string) bool { return strings.EqualFold(s, typ) }) {
		return errors.New("typ is not one of the accepted")
	}
	return nil
}
