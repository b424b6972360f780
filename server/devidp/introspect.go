package devidp

import (
	"crypto/subtle"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// ResourceServer is the client that may introspect tokens: its id, and its secret, made at start.
func (p *Provider) ResourceServer() (id, password string) { return "cde-api", p.resourceSecret }

// introspect says what an access token is worth now (RFC 7662). Of anything else it says that it is not active.
func (p *Provider) introspect(w http.ResponseWriter, r *http.Request) {
	form, refusal := readForm(w, r)
	if refusal == nil {
		refusal = p.resourceServerOnly(r, form)
	}
	if refusal == nil && form.Get("token") == "" {
		refusal = refuse("invalid_request", "token is missing")
	}
	if refusal != nil {
		refusal.write(w, r)
		return
	}
	claims, ok := p.read(form.Get("token"))
	answer := map[string]any{"active": ok}
	if ok {
		answer["token_type"] = "Bearer"
		maps.Copy(answer, claims)
	}
	writeJSON(w, http.StatusOK, answer)
}

func (p *Provider) resourceServerOnly(r *http.Request, form url.Values) *oauthError {
	id, password, refusal := clientOf(r, form)
	if refusal != nil {
		return refusal
	}
	wantID, want := p.ResourceServer()
	if id != wantID || subtle.ConstantTimeCompare([]byte(password), []byte(want)) != 1 {
		return refuse("invalid_client", "only the resource server may ask")
	}
	return nil
}

// read gives the claims of an access token of ours that is still good.
func (p *Provider) read(token string) (jwt.MapClaims, bool) {
	claims := jwt.MapClaims{}
	p.keys.mu.RLock()
	key := p.keys.signing.Public()
	p.keys.mu.RUnlock()
	parsed, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{"ES256"}), jwt.WithTimeFunc(p.config.Clock), jwt.WithExpirationRequired(), jwt.WithIssuer(p.config.Issuer))
	if err != nil || parsed.Header["typ"] != "at+jwt" {
		return nil, false
	}
	id, _ := claims["jti"].(string)
	_, revoked := p.ended.get(id)
	_, over := p.ended.get(sessionOf(id))
	return claims, !revoked && !over
}

// sessionOf gives the session of an access token from its jti.
func sessionOf(id string) string {
	name, _, _ := strings.Cut(id, ".")
	return name
}

// revoke ends a session by its refresh token, or one access token (RFC 7009). Resource servers that verify access tokens on their own
// do not learn of it before the token ends.
func (p *Provider) revoke(w http.ResponseWriter, r *http.Request) {
	form, refusal := readForm(w, r)
	var client string
	if refusal == nil {
		client, _, refusal = clientOf(r, form)
	}
	token := form.Get("token")
	if refusal == nil && token == "" {
		refusal = refuse("invalid_request", "token is missing")
	}
	if refusal == nil {
		refusal = p.end(client, token)
	}
	if refusal != nil {
		refusal.write(w, r)
		return
	}
	w.WriteHeader(http.StatusOK)
}

func (p *Provider) end(client, token string) *oauthError {
	foreign := refuse("unauthorized_client", "the token is another client's")
	if claims, ok := p.read(token); ok {
		if claims["client_id"] != client {
			return foreign
		}
		p.ended.put(claims["jti"].(string), struct{}{}, lifetime)
		return nil
	}
	name, refresh, _ := strings.Cut(token, ".")
	if s, ok := p.sessions.get(name); ok && s.refresh == refresh {
		if s.grant.client != client {
			return foreign
		}
		p.endSession(name)
	}
	return nil
}
