package devidp

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
)

// authorizationCode is what a code stands for. It stays on its shelf after it was used, so that a second use is seen.
type authorizationCode struct {
	authorization
	grant grant
	used  bool
}

var verifierForm = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`) // RFC 7636 section 4.1

// exchangeCode gives tokens for a code (RFC 6749 section 4.1.3, RFC 7636 section 4.5). A code that comes twice ends the session
// that its first use began (RFC 6749 section 4.1.2).
func (p *Provider) exchangeCode(r *http.Request, form url.Values) (*tokenAnswer, *oauthError) {
	if refusal := publicOnly(r, form); refusal != nil {
		return nil, refusal
	}
	var code authorizationCode
	known := p.codes.change(form.Get("code"), func(c *authorizationCode) bool {
		code = *c
		c.used = true
		return true
	})
	if code.used {
		p.endSession(code.grant.session)
		return nil, refuse("invalid_grant", "the code was used before")
	}
	verifier := form.Get("code_verifier")
	digest := sha256.Sum256([]byte(verifier))
	challenge := base64.RawURLEncoding.EncodeToString(digest[:])
	switch {
	case form.Get("code") == "" || verifier == "":
		return nil, refuse("invalid_request", "code and code_verifier are required")
	case !known:
		return nil, refuse("invalid_grant", "the code is not known, or has ended")
	case form.Get("redirect_uri") != code.redirect:
		return nil, refuse("invalid_grant", "redirect_uri is not the one of the authorization request")
	case !verifierForm.MatchString(verifier) || subtle.ConstantTimeCompare([]byte(challenge), []byte(code.challenge)) != 1:
		return nil, refuse("invalid_grant", "code_verifier does not fit")
	}
	if refusal := p.target(form); refusal != nil {
		return nil, refusal
	}
	return p.begin(code.grant, code.nonce)
}

// publicOnly refuses every client but the public one, and that one with a secret.
func publicOnly(r *http.Request, form url.Values) *oauthError {
	id, password, refusal := clientOf(r, form)
	switch {
	case refusal != nil:
		return refusal
	case id == publicClient && password == "":
		return nil
	}
	if _, ok := persona(id); ok {
		return refuse("unauthorized_client", "personas use client_credentials")
	}
	return refuse("invalid_client", "the client is not known")
}
