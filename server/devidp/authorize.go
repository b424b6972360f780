package devidp

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// publicClient is the client of browsers and of the command line: no secret, PKCE, redirects to loopback on any port
// (RFC 8252 section 7.3).
const publicClient = "cde"

// authorization is a request of a client that waits for a person to choose a persona.
type authorization struct {
	redirect  string
	state     string
	challenge string // PKCE, S256
	nonce     string
	scope     []string
}

const (
	signInTime = 10 * time.Minute // to choose a persona
	codeTime   = time.Minute      // to exchange a code
)

// authorize is the authorization endpoint (RFC 6749 section 4.1.1): it shows the sign-in page.
// An error goes to the client by redirect, unless it is about the client or its address: that is told to the person.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		p.showProblem(w, http.StatusBadRequest, "The request cannot be read.")
		return
	}
	if r.Form.Get("client_id") != publicClient || len(r.Form["client_id"]) > 1 {
		p.showProblem(w, http.StatusBadRequest, "The application is not known here. Want client_id="+publicClient+".")
		return
	}
	redirect := r.Form.Get("redirect_uri")
	if len(r.Form["redirect_uri"]) != 1 || !loopbackRedirect(redirect) {
		p.showProblem(w, http.StatusBadRequest, "The application wants you to go on to an address that is not on this machine.")
		return
	}
	request, refusal := p.readAuthorization(r.Form)
	if refusal != nil {
		http.Redirect(w, r, p.redirection(redirect, r.Form.Get("state"), refusal.values()), http.StatusSeeOther)
		return
	}
	id := secret()
	p.authorizations.put(id, request, signInTime)
	p.showSignIn(w, signIn{Action: p.base + "/sign-in", Name: "request", Value: id, Hint: r.Form.Get("login_hint"), Client: host(redirect)})
}

func (p *Provider) readAuthorization(form url.Values) (authorization, *oauthError) {
	request := authorization{redirect: form.Get("redirect_uri"), state: form.Get("state"), nonce: form.Get("nonce"), challenge: form.Get("code_challenge")}
	if refusal := onlyOnce(form); refusal != nil {
		return request, refusal
	}
	digest, err := base64.RawURLEncoding.Strict().DecodeString(request.challenge)
	switch {
	case form.Has("request"):
		return request, refuse("request_not_supported", "")
	case form.Has("request_uri"):
		return request, refuse("request_uri_not_supported", "")
	case form.Get("response_type") == "":
		return request, refuse("invalid_request", "response_type is missing")
	case form.Get("response_type") != "code":
		return request, refuse("unsupported_response_type", "want code")
	case form.Has("response_mode") && form.Get("response_mode") != "query":
		return request, refuse("invalid_request", "want response_mode query")
	case request.challenge == "":
		return request, refuse("invalid_request", "code_challenge is missing") // RFC 7636 section 4.4.1
	case form.Get("code_challenge_method") != "S256":
		return request, refuse("invalid_request", "want code_challenge_method S256")
	case err != nil || len(digest) != 32:
		return request, refuse("invalid_request", "code_challenge is not a SHA-256 in base64url")
	case form.Get("prompt") == "none":
		return request, refuse("login_required", "somebody has to choose a persona")
	}
	if refusal := p.target(form); refusal != nil {
		return request, refusal
	}
	var refusal *oauthError
	request.scope, refusal = p.scopes(form.Get("scope"))
	return request, refusal
}

// target refuses a resource that tokens of this provider are not for (RFC 8707 section 2).
func (p *Provider) target(form url.Values) *oauthError {
	if form.Has("resource") && form.Get("resource") != p.config.Audience {
		return refuse("invalid_target", "tokens are for "+p.config.Audience)
	}
	return nil
}

// decide answers the sign-in page: back to the client with a code, or with access_denied.
func (p *Provider) decide(w http.ResponseWriter, r *http.Request) {
	if _, refusal := readForm(w, r); refusal != nil {
		p.showProblem(w, http.StatusBadRequest, "The form cannot be read.")
		return
	}
	request, ok := p.authorizations.take(r.PostForm.Get("request"))
	if !ok {
		p.showProblem(w, http.StatusBadRequest, "This sign-in has ended, or was answered before. Go back to the application and start again.")
		return
	}
	who, ok := persona(r.PostForm.Get("persona"))
	if !ok {
		p.config.Logger.Info("development sign-in denied")
		refusal := refuse("access_denied", "the sign-in was denied")
		http.Redirect(w, r, p.redirection(request.redirect, request.state, refusal.values()), http.StatusSeeOther)
		return
	}
	p.config.Logger.Info("development sign-in", "persona", who.Name, "subject", who.Subject)
	code := secret()
	p.codes.put(code, authorizationCode{
		authorization: request, grant: grant{client: publicClient, persona: who, scope: request.scope, session: secret(), signedIn: p.config.Clock()},
	}, codeTime)
	http.Redirect(w, r, p.redirection(request.redirect, request.state, url.Values{"code": {code}}), http.StatusSeeOther)
}

// redirection adds an answer to a redirect address, with the state that was sent and the issuer (RFC 9207).
func (p *Provider) redirection(address, state string, answer url.Values) string {
	answer.Set("iss", p.config.Issuer)
	if state != "" {
		answer.Set("state", state)
	}
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	return address + separator + answer.Encode()
}

// loopbackRedirect accepts any port and path on this machine.
func loopbackRedirect(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.User == nil && u.Opaque == "" &&
		!strings.Contains(address, "#") && loopback(u.Host)
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

func (e *oauthError) values() url.Values {
	values := url.Values{"error": {e.Code}}
	if e.Description != "" {
		values.Set("error_description", e.Description)
	}
	return values
}
