package devidp

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// session is a sign-in that goes on by refresh tokens. Only the latest of them is good.
type session struct {
	grant   grant
	refresh string // the latest, without the session's name
}

const sessionTime = 24 * time.Hour

// begin opens a session and gives its first tokens.
func (p *Provider) begin(g grant, nonce string) (*tokenAnswer, *oauthError) {
	refresh := secret()
	p.sessions.put(g.session, session{g, refresh}, sessionTime)
	return p.answer(g, nonce, refresh)
}

// refresh gives new tokens for a refresh token, which is then spent (RFC 9700 section 4.14.2). A spent one that comes
// again was stolen, by whoever came first or second: the session ends.
func (p *Provider) refresh(r *http.Request, form url.Values) (*tokenAnswer, *oauthError) {
	if refusal := publicOnly(r, form); refusal != nil {
		return nil, refusal
	}
	name, token, _ := strings.Cut(form.Get("refresh_token"), ".")
	if token == "" {
		return nil, refuse("invalid_request", "refresh_token is missing or malformed")
	}
	if refusal := p.target(form); refusal != nil {
		return nil, refusal
	}
	var granted grant
	var refusal *oauthError
	next := secret()
	known := p.sessions.change(name, func(s *session) bool {
		if s.refresh != token {
			refusal = refuse("invalid_grant", "the refresh token was used before: the session has ended")
			return false
		}
		granted = s.grant
		if granted.scope, refusal = narrower(s.grant.scope, form.Get("scope")); refusal == nil {
			s.refresh = next
		}
		return true
	})
	switch {
	case !known:
		return nil, refuse("invalid_grant", "the session is not known, or has ended")
	case refusal != nil && refusal.Code == "invalid_grant":
		p.endSession(name)
		return nil, refusal
	case refusal != nil:
		return nil, refusal
	}
	return p.answer(granted, "", next)
}

// narrower is the asked scope, which must lie within the granted one (RFC 6749 section 6).
func narrower(granted []string, asked string) ([]string, *oauthError) {
	list := strings.Fields(asked)
	if len(list) == 0 {
		return granted, nil
	}
	for _, scope := range list {
		if !slices.Contains(granted, scope) {
			return nil, refuse("invalid_scope", "more than was granted")
		}
	}
	return list, nil
}

// endSession makes refresh tokens of a session worthless, and its access tokens inactive for introspection.
func (p *Provider) endSession(name string) {
	p.sessions.take(name)
	p.ended.put(name, struct{}{}, lifetime)
}
