package devidp

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// oauthError is an error answer of RFC 6749 section 5.2.
type oauthError struct {
	Code        string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

func refuse(code, description string) *oauthError { return &oauthError{code, description} }

// tokenAnswer is the answer of RFC 6749 section 5.1.
type tokenAnswer struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	Scope        string `json:"scope,omitempty"`
}

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

// token is the token endpoint: one row for each grant type.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	form, refusal := readForm(w, r)
	if refusal == nil {
		var answer *tokenAnswer
		switch form.Get("grant_type") {
		case "authorization_code":
			answer, refusal = p.exchangeCode(r, form)
		case "refresh_token":
			answer, refusal = p.refresh(r, form)
		case "client_credentials":
			answer, refusal = p.clientCredentials(r, form)
		case deviceGrant:
			answer, refusal = p.pollDevice(r, form)
		case "":
			refusal = refuse("invalid_request", "grant_type is missing")
		default:
			refusal = refuse("unsupported_grant_type", "")
		}
		if refusal == nil {
			writeJSON(w, http.StatusOK, answer)
			return
		}
	}
	refusal.write(w, r)
}

// clientCredentials gives a persona's own client a token (RFC 6749 section 4.4): no secret is asked for.
func (p *Provider) clientCredentials(r *http.Request, form url.Values) (*tokenAnswer, *oauthError) {
	id, _, refusal := clientOf(r, form)
	if refusal != nil {
		return nil, refusal
	}
	who, ok := persona(id)
	switch {
	case id == publicClient:
		return nil, refuse("unauthorized_client", "a public client has no credentials")
	case !ok:
		return nil, refuse("invalid_client", "the client is not known")
	}
	if refusal := p.target(form); refusal != nil {
		return nil, refusal
	}
	scope, refusal := p.scopes(form.Get("scope"))
	if refusal != nil {
		return nil, refusal
	}
	return p.answer(grant{client: id, persona: who, scope: scope, session: secret()}, "", "")
}

// answer issues the tokens of a grant: an access token, with openid an ID token, in a session a refresh token.
func (p *Provider) answer(g grant, nonce, refresh string) (*tokenAnswer, *oauthError) {
	access, err := p.keys.sign("at+jwt", p.accessClaims(g), nil)
	if err != nil {
		return nil, refuse("server_error", "the token cannot be signed")
	}
	answer := &tokenAnswer{AccessToken: access, TokenType: "Bearer", ExpiresIn: int(lifetime / time.Second), Scope: strings.Join(g.scope, " ")}
	if refresh == "" {
		return answer, nil
	}
	answer.RefreshToken = g.session + "." + refresh
	if slices.Contains(g.scope, "openid") {
		if answer.IDToken, err = p.keys.sign("JWT", p.idClaims(g, nonce, access), nil); err != nil {
			return nil, refuse("server_error", "the token cannot be signed")
		}
	}
	return answer, nil
}

// scopes are the asked ones, all of them if none was asked for.
func (p *Provider) scopes(asked string) ([]string, *oauthError) {
	list := strings.Fields(asked)
	if len(list) == 0 {
		return p.config.Scopes, nil
	}
	for _, scope := range list {
		if scope != "openid" && scope != "offline_access" && !slices.Contains(p.config.Scopes, scope) {
			return nil, refuse("invalid_scope", "unknown scope")
		}
	}
	return list, nil
}

// readForm reads the parameters of a POST, each of which may be sent once (RFC 6749 section 3.2).
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, *oauthError) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		return nil, refuse("invalid_request", "want application/x-www-form-urlencoded")
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return nil, refuse("invalid_request", "the form cannot be read")
	}
	if len(r.URL.RawQuery) > 0 {
		return nil, refuse("invalid_request", "parameters belong into the body")
	}
	return r.PostForm, onlyOnce(r.PostForm)
}

func onlyOnce(form url.Values) *oauthError {
	for name, values := range form {
		if len(values) > 1 {
			return refuse("invalid_request", name+" is sent more than once")
		}
	}
	return nil
}

// clientOf says which client asks: by HTTP Basic or in the form, not both (RFC 6749 section 2.3).
func clientOf(r *http.Request, form url.Values) (id, password string, refusal *oauthError) {
	user, pass, basic := r.BasicAuth()
	if !basic {
		if form.Get("client_id") == "" {
			return "", "", refuse("invalid_client", "client_id is missing")
		}
		return form.Get("client_id"), form.Get("client_secret"), nil
	}
	id, err1 := url.QueryUnescape(user)
	password, err2 := url.QueryUnescape(pass)
	if err1 != nil || err2 != nil || form.Has("client_secret") || form.Has("client_id") && form.Get("client_id") != id {
		return "", "", refuse("invalid_request", "more than one way of client authentication")
	}
	return id, password, nil
}

func (e *oauthError) write(w http.ResponseWriter, r *http.Request) {
	status := http.StatusBadRequest
	switch e.Code {
	case "invalid_client":
		status = http.StatusUnauthorized
		if r.Header.Get("Authorization") != "" {
			w.Header().Set("WWW-Authenticate", `Basic realm="devidp"`)
		}
	case "server_error":
		status = http.StatusInternalServerError
	}
	writeJSON(w, status, e)
}
