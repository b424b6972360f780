package devidp_test

import (
	"context"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/devidp"
)

// The clients in these tests are golang.org/x/oauth2 and go-oidc: software that knows the protocols and not this provider.

const redirect = "http://127.0.0.1:49152/callback"

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }
func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func startWithClock(t testing.TB) (*devidp.Provider, string, *clock) {
	t.Helper()
	clock := &clock{now: time.Now()}
	provider, issuer := start(t, func(c *devidp.Config) { c.Clock = clock.Now })
	return provider, issuer, clock
}

// client finds the provider's endpoints by discovery.
func client(t testing.TB, issuer string) (*oauth2.Config, *oidc.Provider) {
	t.Helper()
	provider, err := oidc.NewProvider(t.Context(), issuer)
	if err != nil {
		t.Fatal(err)
	}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	return &oauth2.Config{ClientID: "cde", RedirectURL: redirect, Endpoint: endpoint, Scopes: []string{"openid", "cde"}}, provider
}

var noRedirects = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([a-z_]+)" value="([^"]*)">`)

// choose opens the sign-in page at address, picks persona and gives the answer to that.
func choose(t testing.TB, address, persona string) *http.Response {
	t.Helper()
	response, err := noRedirects.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("sign-in page: %d %v\n%s", response.StatusCode, err, body)
	}
	hidden := hiddenField.FindSubmatch(body)
	action := regexp.MustCompile(`action="([^"]*)"`).FindSubmatch(body)
	if hidden == nil || action == nil {
		t.Fatalf("no form on the page:\n%s", body)
	}
	target, err := response.Request.URL.Parse(html.UnescapeString(string(action[1])))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := noRedirects.PostForm(target.String(), url.Values{string(hidden[1]): {html.UnescapeString(string(hidden[2]))}, "persona": {persona}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

// signIn goes through the page and gives what the client gets in its redirect.
func signIn(t testing.TB, address, persona string) url.Values {
	t.Helper()
	answer := choose(t, address, persona)
	location, err := answer.Location()
	if answer.StatusCode != http.StatusSeeOther || err != nil || !strings.HasPrefix(location.String(), redirect+"?") {
		t.Fatalf("after the page: %d %v %v", answer.StatusCode, location, err)
	}
	return location.Query()
}

func TestAuthorizationCodeFlow(t *testing.T) {
	_, issuer := start(t)
	config, provider := client(t, issuer)
	a := authenticator(t, issuer)
	for _, persona := range devidp.Personas() {
		t.Run(persona.Name, func(t *testing.T) {
			verifier := oauth2.GenerateVerifier()
			got := signIn(t, config.AuthCodeURL("the-state", oauth2.S256ChallengeOption(verifier), oidc.Nonce("the-nonce")), persona.Name)
			if got.Get("state") != "the-state" || got.Get("iss") != issuer {
				t.Errorf("redirect %v", got)
			}
			token, err := config.Exchange(t.Context(), got.Get("code"), oauth2.VerifierOption(verifier))
			if err != nil {
				t.Fatal(err)
			}
			caller, err := caller(a, token.AccessToken)
			if err != nil || caller.Subject != persona.Subject || caller.Admin != persona.Admin || caller.ClientID != "cde" {
				t.Errorf("caller %+v, %v", caller, err)
			}
			id, err := provider.Verifier(&oidc.Config{ClientID: "cde"}).Verify(t.Context(), token.Extra("id_token").(string))
			if err != nil {
				t.Fatal(err)
			}
			if id.Subject != persona.Subject || id.Nonce != "the-nonce" || id.VerifyAccessToken(token.AccessToken) != nil {
				t.Errorf("ID token %+v", id)
			}
		})
	}
}

// An ID token is no access token, not even where the API's audience is the client's name.
func TestIDTokenIsNoAccessToken(t *testing.T) {
	_, issuer := start(t)
	config, _ := client(t, issuer)
	verifier := oauth2.GenerateVerifier()
	got := signIn(t, config.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), "admin")
	token, err := config.Exchange(t.Context(), got.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	a, err := auth.New(auth.Config{Issuer: issuer, Audience: "cde"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := caller(a, token.Extra("id_token").(string)); err == nil || !strings.Contains(err.Error(), "not an access token") {
		t.Errorf("got %v", err)
	}
}

func TestDenying(t *testing.T) {
	_, issuer := start(t)
	config, _ := client(t, issuer)
	got := signIn(t, config.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier())), "deny")
	if got.Get("error") != "access_denied" || got.Get("state") != "s" || got.Get("iss") != issuer || got.Has("code") {
		t.Errorf("redirect %v", got)
	}
}

func TestPageIsAnsweredOnce(t *testing.T) {
	_, issuer := start(t)
	config, _ := client(t, issuer)
	address := config.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier()))
	first := choose(t, address, "owner")
	again, err := noRedirects.Post(first.Request.URL.String(), "application/x-www-form-urlencoded", strings.NewReader("request=unknown&persona=owner"))
	if err != nil {
		t.Fatal(err)
	}
	defer again.Body.Close()
	if again.StatusCode != http.StatusBadRequest || again.Header.Get("Location") != "" {
		t.Errorf("an unknown sign-in was answered %d", again.StatusCode)
	}
}

// What is wrong with an authorization request, and who is told: the person (no redirect) or the client.
func TestAuthorizationErrors(t *testing.T) {
	_, issuer := start(t)
	good := url.Values{
		"client_id": {"cde"}, "redirect_uri": {redirect}, "response_type": {"code"}, "state": {"s"}, "scope": {"cde"},
		"code_challenge": {oauth2.S256ChallengeFromVerifier(oauth2.GenerateVerifier())}, "code_challenge_method": {"S256"},
	}
	for _, row := range []struct {
		name, parameter string
		values          []string
		want            string // error for the client; empty: told to the person
	}{
		{"no client", "client_id", nil, ""},
		{"another client", "client_id", []string{"other"}, ""},
		{"a persona as client", "client_id", []string{"owner"}, ""},
		{"no redirect", "redirect_uri", nil, ""},
		{"a redirect elsewhere", "redirect_uri", []string{"https://evil.example/"}, ""},
		{"a redirect that looks like here", "redirect_uri", []string{"http://127.0.0.1.evil.example/"}, ""},
		{"a redirect with a user", "redirect_uri", []string{"http://127.0.0.1@evil.example/"}, ""},
		{"a redirect with a fragment", "redirect_uri", []string{redirect + "#x"}, ""},
		{"a script", "redirect_uri", []string{"javascript:alert(1)"}, ""},
		{"two redirects", "redirect_uri", []string{redirect, redirect}, ""},
		{"two clients", "client_id", []string{"cde", "cde"}, ""},
		{"no response_type", "response_type", nil, "invalid_request"},
		{"the implicit flow", "response_type", []string{"token"}, "unsupported_response_type"},
		{"response_type twice", "response_type", []string{"code", "code"}, "invalid_request"},
		{"no PKCE", "code_challenge", nil, "invalid_request"},
		{"plain PKCE", "code_challenge_method", []string{"plain"}, "invalid_request"},
		{"PKCE without method", "code_challenge_method", nil, "invalid_request"},
		{"a short challenge", "code_challenge", []string{"abc"}, "invalid_request"},
		{"a challenge with padding", "code_challenge", []string{good.Get("code_challenge") + "="}, "invalid_request"},
		{"an unknown scope", "scope", []string{"cde root"}, "invalid_scope"},
		{"no prompt wanted", "prompt", []string{"none"}, "login_required"},
		{"a fragment wanted", "response_mode", []string{"fragment"}, "invalid_request"},
		{"a request object", "request", []string{"x"}, "request_not_supported"},
		{"a request by reference", "request_uri", []string{"https://x.example"}, "request_uri_not_supported"},
		{"another resource", "resource", []string{"https://other.example"}, "invalid_target"},
	} {
		t.Run(row.name, func(t *testing.T) {
			query := url.Values{}
			for name, values := range good {
				query[name] = values
			}
			if query[row.parameter] = row.values; row.values == nil {
				query.Del(row.parameter)
			}
			response, err := noRedirects.Get(issuer + "/authorize?" + query.Encode())
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			location, _ := response.Location()
			if row.want == "" {
				if response.StatusCode != http.StatusBadRequest || location != nil {
					t.Errorf("%d, redirect %v: want 400 and none", response.StatusCode, location)
				}
				return
			}
			if location == nil || location.Query().Get("error") != row.want || location.Query().Get("state") != "s" || location.Query().Get("iss") != issuer {
				t.Errorf("%d, redirect %v: want %s", response.StatusCode, location, row.want)
			}
		})
	}
}

// oauthCode is the error code of an answer to x/oauth2.
func oauthCode(err error) string {
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) {
		return answer.ErrorCode
	}
	return ""
}

func TestCodesAreBoundAndUsedOnce(t *testing.T) {
	provider, issuer, clock := startWithClock(t)
	config, _ := client(t, issuer)
	verifier := oauth2.GenerateVerifier()
	fresh := func() string {
		return signIn(t, config.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), "owner").Get("code")
	}
	exchange := func(code, verifier, redirect string) (*oauth2.Token, error) {
		c := *config
		c.RedirectURL = redirect
		return c.Exchange(t.Context(), code, oauth2.VerifierOption(verifier))
	}
	late := fresh()
	clock.Add(61 * time.Second)
	for _, row := range []struct{ name, code, verifier, redirect, want string }{
		{"another verifier", fresh(), oauth2.GenerateVerifier(), redirect, "invalid_grant"},
		{"no verifier", fresh(), "", redirect, "invalid_request"},
		{"another redirect", fresh(), verifier, redirect + "/x", "invalid_grant"},
		{"no redirect", fresh(), verifier, "", "invalid_grant"},
		{"an unknown code", "unknown", verifier, redirect, "invalid_grant"},
		{"a late code", late, verifier, redirect, "invalid_grant"},
	} {
		if _, err := exchange(row.code, row.verifier, row.redirect); oauthCode(err) != row.want {
			t.Errorf("%s: %v, want %s", row.name, err, row.want)
		}
	}

	code := fresh()
	token, err := exchange(code, verifier, redirect)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exchange(code, verifier, redirect); oauthCode(err) != "invalid_grant" {
		t.Errorf("second use: %v", err)
	}
	if _, err := refresh(t, config, token.RefreshToken); oauthCode(err) != "invalid_grant" {
		t.Errorf("the session outlived the second use of its code: %v", err)
	}
	if active(t, provider, issuer, token.AccessToken) {
		t.Error("the access token outlived the second use of its code")
	}
}

func refresh(t testing.TB, config *oauth2.Config, token string) (*oauth2.Token, error) {
	t.Helper()
	return config.TokenSource(t.Context(), &oauth2.Token{RefreshToken: token}).Token()
}

// active asks the introspection endpoint.
func active(t testing.TB, provider *devidp.Provider, issuer, token string) bool {
	t.Helper()
	id, password := provider.ResourceServer()
	status, answer := post(t, issuer+"/introspect", url.Values{"client_id": {id}, "client_secret": {password}, "token": {token}})
	if status != http.StatusOK {
		t.Fatalf("introspection: %d %v", status, answer)
	}
	return answer["active"].(bool)
}

func signedIn(t testing.TB, config *oauth2.Config, persona string) *oauth2.Token {
	t.Helper()
	verifier := oauth2.GenerateVerifier()
	got := signIn(t, config.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), persona)
	token, err := config.Exchange(t.Context(), got.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestRefreshTokensRotate(t *testing.T) {
	provider, issuer, clock := startWithClock(t)
	config, _ := client(t, issuer)
	first := signedIn(t, config, "owner")
	second, err := refresh(t, config, first.RefreshToken)
	if err != nil || second.RefreshToken == first.RefreshToken {
		t.Fatalf("refresh: %v", err)
	}
	third, err := refresh(t, config, second.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if !active(t, provider, issuer, third.AccessToken) {
		t.Error("a refreshed token is not active")
	}
	// Somebody uses a spent one: nobody goes on.
	if _, err := refresh(t, config, first.RefreshToken); oauthCode(err) != "invalid_grant" {
		t.Errorf("a spent refresh token: %v", err)
	}
	if _, err := refresh(t, config, third.RefreshToken); oauthCode(err) != "invalid_grant" {
		t.Errorf("the session outlived a theft: %v", err)
	}
	if active(t, provider, issuer, third.AccessToken) {
		t.Error("an access token outlived a theft")
	}

	other := signedIn(t, config, "owner")
	if _, answer := post(t, issuer+"/token", url.Values{"grant_type": {"refresh_token"}, "client_id": {"cde"}, "refresh_token": {other.RefreshToken}, "scope": {"offline_access"}}); answer["error"] != "invalid_scope" {
		t.Errorf("a wider scope: %v", answer)
	}
	_, answer := post(t, issuer+"/token", url.Values{"grant_type": {"refresh_token"}, "client_id": {"cde"}, "refresh_token": {other.RefreshToken}, "scope": {"cde"}})
	if answer["scope"] != "cde" || answer["id_token"] != nil {
		t.Errorf("a narrower scope: %v", answer)
	}
	clock.Add(25 * time.Hour)
	if _, err := refresh(t, config, answer["refresh_token"].(string)); oauthCode(err) != "invalid_grant" {
		t.Errorf("after a day: %v", err)
	}
}

func TestDeviceFlow(t *testing.T) {
	_, issuer := start(t)
	config, _ := client(t, issuer)
	config.Endpoint.DeviceAuthURL = discover(t, issuer+"/.well-known/openid-configuration")["device_authorization_endpoint"].(string)
	a := authenticator(t, issuer)
	device, err := config.DeviceAuth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if answer := choose(t, device.VerificationURIComplete, "admin"); answer.StatusCode != http.StatusOK {
		t.Fatalf("the page answered %d", answer.StatusCode)
	}
	token, err := config.DeviceAccessToken(t.Context(), device)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := caller(a, token.AccessToken); err != nil || !got.Admin {
		t.Errorf("caller %+v, %v", got, err)
	}
	if _, err := refresh(t, config, token.RefreshToken); err != nil {
		t.Errorf("refresh: %v", err)
	}
}

// The answers of RFC 8628 section 3.5, by a clock.
func TestDevicePolling(t *testing.T) {
	_, issuer, clock := startWithClock(t)
	begin := func() (string, string) {
		_, answer := post(t, issuer+"/device_authorization", url.Values{"client_id": {"cde"}})
		return answer["device_code"].(string), answer["user_code"].(string)
	}
	poll := func(code string) any {
		_, answer := post(t, issuer+"/token", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "client_id": {"cde"}, "device_code": {code}})
		if answer["access_token"] != nil {
			return "token"
		}
		return answer["error"]
	}
	want := func(code, step, want string) {
		t.Helper()
		if got := poll(code); got != want {
			t.Errorf("%s: %v, want %s", step, got, want)
		}
	}
	code, userCode := begin()
	want(code, "first", "authorization_pending")
	want(code, "at once again", "slow_down")
	clock.Add(2 * time.Second)
	want(code, "sooner than the longer interval", "slow_down")
	clock.Add(12 * time.Second)
	want(code, "in time", "authorization_pending")
	typed := strings.ToLower(strings.ReplaceAll(userCode, "-", " "))
	choose(t, issuer+"/device?user_code="+url.QueryEscape(typed), "owner")
	want(code, "after the choice", "token")
	want(code, "once more", "expired_token")

	code, userCode = begin()
	choose(t, issuer+"/device?user_code="+userCode, "deny")
	want(code, "denied", "access_denied")

	code, userCode = begin()
	clock.Add(11 * time.Minute)
	want(code, "too late", "expired_token")
	for _, path := range []string{"/device", "/device?user_code=" + userCode, "/device?user_code=BBBB-BBBB"} {
		response, err := http.Get(issuer + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if !strings.Contains(string(body), `name="user_code"`) || (response.StatusCode == http.StatusOK) != (path == "/device") {
			t.Errorf("%s: %d\n%s", path, response.StatusCode, body)
		}
	}
}

func TestTokenEndpointErrors(t *testing.T) {
	provider, issuer := start(t)
	_, secret := provider.ResourceServer()
	const form = "application/x-www-form-urlencoded"
	for _, row := range []struct {
		name, path, kind, user, body string
		status                       int
		want                         string
	}{
		{"no grant type", "/token", form, "", "client_id=owner", 400, "invalid_request"},
		{"an unknown grant type", "/token", form, "", "client_id=owner&grant_type=password", 400, "unsupported_grant_type"},
		{"no client", "/token", form, "", "grant_type=client_credentials", 401, "invalid_client"},
		{"an unknown client", "/token", form, "", "grant_type=client_credentials&client_id=nobody", 401, "invalid_client"},
		{"an unknown client by Basic", "/token", form, "nobody:", "grant_type=client_credentials", 401, "invalid_client"},
		{"two clients", "/token", form, "owner:", "grant_type=client_credentials&client_id=admin", 400, "invalid_request"},
		{"the public client without a person", "/token", form, "", "grant_type=client_credentials&client_id=cde", 400, "unauthorized_client"},
		{"a persona with a code", "/token", form, "", "grant_type=authorization_code&client_id=owner&code=x&code_verifier=y", 400, "unauthorized_client"},
		{"the public client with a secret", "/token", form, "cde:x", "grant_type=refresh_token&refresh_token=a.b", 401, "invalid_client"},
		{"a parameter twice", "/token", form, "", "grant_type=client_credentials&client_id=owner&client_id=admin", 400, "invalid_request"},
		{"JSON", "/token", "application/json", "", `{"grant_type":"client_credentials"}`, 400, "invalid_request"},
		{"a broken form", "/token", form, "", "%zz", 400, "invalid_request"},
		{"an unknown scope", "/token", form, "", "grant_type=client_credentials&client_id=owner&scope=root", 400, "invalid_scope"},
		{"another resource", "/token", form, "", "grant_type=client_credentials&client_id=owner&resource=https://x.example", 400, "invalid_target"},
		{"parameters in the query", "/token?client_id=owner", form, "", "grant_type=client_credentials", 400, "invalid_request"},
		{"no refresh token", "/token", form, "", "grant_type=refresh_token&client_id=cde", 400, "invalid_request"},
		{"an unknown refresh token", "/token", form, "", "grant_type=refresh_token&client_id=cde&refresh_token=a.b", 400, "invalid_grant"},
		{"no device code", "/token", form, "", "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=cde", 400, "invalid_request"},
		{"a device of a persona", "/device_authorization", form, "", "client_id=owner", 400, "unauthorized_client"},
		{"introspection by nobody", "/introspect", form, "", "token=x", 401, "invalid_client"},
		{"introspection by a guesser", "/introspect", form, "cde-api:guess", "token=x", 401, "invalid_client"},
		{"introspection of nothing", "/introspect", form, "cde-api:" + secret, "", 400, "invalid_request"},
		{"revocation of nothing", "/revoke", form, "", "client_id=cde", 400, "invalid_request"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := http.NewRequest(http.MethodPost, issuer+row.path, strings.NewReader(row.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", row.kind)
			if user, password, ok := strings.Cut(row.user, ":"); ok {
				r.SetBasicAuth(user, password)
			}
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			var answer map[string]string
			if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != row.status || answer["error"] != row.want {
				t.Errorf("%d %v, want %d %s", response.StatusCode, answer, row.status, row.want)
			}
			if response.Header.Get("Cache-Control") != "no-store" {
				t.Error("the answer may be stored")
			}
			if challenged := response.Header.Get("WWW-Authenticate") != ""; challenged != (row.status == 401 && row.user != "") {
				t.Errorf("challenge %q", response.Header.Get("WWW-Authenticate"))
			}
		})
	}
}

func TestIntrospectionMode(t *testing.T) {
	provider, issuer := start(t)
	id, password := provider.ResourceServer()
	a, err := auth.New(auth.Config{Issuer: issuer, Audience: audience, CacheSize: -1, Introspection: &auth.Introspection{ClientID: id, ClientSecret: password}})
	if err != nil {
		t.Fatal(err)
	}
	token := provider.Mint("admin")
	if got, err := caller(a, token); err != nil || !got.Admin {
		t.Fatalf("caller %+v, %v", got, err)
	}
	if status := revoke(t, issuer, "owner", token); status != http.StatusBadRequest {
		t.Errorf("another client's revocation: %d", status)
	}
	if _, err := caller(a, token); err != nil {
		t.Errorf("after another client's revocation: %v", err)
	}
	if status := revoke(t, issuer, "admin", token); status != http.StatusOK {
		t.Errorf("revocation: %d", status)
	}
	if _, err := caller(a, token); err == nil {
		t.Error("a revoked token passed")
	}
	if _, err := caller(a, "nonsense"); err == nil {
		t.Error("nonsense passed")
	}
}

func revoke(t testing.TB, issuer, client, token string) int {
	t.Helper()
	response, err := http.PostForm(issuer+"/revoke", url.Values{"client_id": {client}, "token": {token}})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

func TestRevocationOfRefreshTokens(t *testing.T) {
	provider, issuer := start(t)
	config, _ := client(t, issuer)
	token := signedIn(t, config, "owner")
	if status := revoke(t, issuer, "cde", "unknown.token"); status != http.StatusOK {
		t.Errorf("an unknown token: %d, want 200", status)
	}
	if status := revoke(t, issuer, "cde", token.RefreshToken); status != http.StatusOK {
		t.Errorf("revocation: %d", status)
	}
	if _, err := refresh(t, config, token.RefreshToken); oauthCode(err) != "invalid_grant" {
		t.Errorf("refresh after revocation: %v", err)
	}
	if active(t, provider, issuer, token.AccessToken) {
		t.Error("the session's access token is still active")
	}
}

func discover(t testing.TB, address string) map[string]any {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var document map[string]any
	if err := json.NewDecoder(response.Body).Decode(&document); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v", address, response.StatusCode, err)
	}
	return document
}

// The same document stands at every well-known path, with and without a path in the issuer.
func TestDiscovery(t *testing.T) {
	provider, issuer := start(t)
	root := strings.TrimSuffix(issuer, "/idp")
	for _, path := range []string{
		"/idp/.well-known/openid-configuration", "/idp/.well-known/oauth-authorization-server",
		"/.well-known/openid-configuration/idp", "/.well-known/oauth-authorization-server/idp",
	} {
		if got := discover(t, root+path); got["issuer"] != issuer || got["jwks_uri"] != issuer+"/jwks" {
			t.Errorf("%s: %v", path, got)
		}
	}
	mux := http.NewServeMux()
	for _, pattern := range provider.Patterns() {
		mux.Handle(pattern, provider)
	}
	for _, path := range []string{"/.well-known/oauth-authorization-server/idp", "/.well-known/openid-configuration/idp", "/idp/jwks"} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.RemoteAddr, r.Host = "127.0.0.1:1", "127.0.0.1"
		w := httptest.NewRecorder()
		if mux.ServeHTTP(w, r); w.Code != http.StatusOK {
			t.Errorf("%s, mounted: %d", path, w.Code)
		}
	}
	_, bare := start(t, func(c *devidp.Config) { c.Issuer = strings.TrimSuffix(c.Issuer, "/idp") })
	for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		if got := discover(t, bare+path); got["issuer"] != bare {
			t.Errorf("%s: %v", path, got)
		}
	}
}

func TestRotateWithdrawsTheKey(t *testing.T) {
	provider, issuer := start(t)
	before := provider.Mint("owner")
	if err := provider.Rotate(); err != nil {
		t.Fatal(err)
	}
	a := authenticator(t, issuer)
	if _, err := caller(a, before); err == nil {
		t.Error("a token of the withdrawn key passed")
	}
	if _, err := caller(a, provider.Mint("owner")); err != nil {
		t.Error(err)
	}
}

// Scripts of pages on this machine may call what they need; others may not, and nobody may post the sign-in form but the page.
func TestBrowsers(t *testing.T) {
	_, issuer := start(t)
	do := func(method, path string, header ...string) *http.Response {
		r, err := http.NewRequestWithContext(context.Background(), method, issuer+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		response, err := noRedirects.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response
	}
	for _, path := range []string{"/token", "/jwks", "/.well-known/openid-configuration", "/device_authorization", "/revoke"} {
		preflight := do(http.MethodOptions, path, "Origin", "http://localhost:3000", "Access-Control-Request-Method", "POST")
		if preflight.StatusCode != http.StatusNoContent || preflight.Header.Get("Access-Control-Allow-Origin") != "http://localhost:3000" ||
			!strings.Contains(preflight.Header.Get("Access-Control-Allow-Headers"), "Authorization") {
			t.Errorf("%s: preflight %d %v", path, preflight.StatusCode, preflight.Header)
		}
		for _, origin := range []string{"https://evil.example", "http://127.0.0.1.evil.example", "null"} {
			if got := do(http.MethodOptions, path, "Origin", origin).Header.Get("Access-Control-Allow-Origin"); got != "" {
				t.Errorf("%s: %s is allowed", path, origin)
			}
		}
	}
	if got := do(http.MethodGet, "/token"); got.StatusCode != http.StatusMethodNotAllowed || got.Header.Get("Allow") != "POST, OPTIONS" {
		t.Errorf("GET /token: %d %v", got.StatusCode, got.Header)
	}
	for _, path := range []string{"/sign-in", "/device"} {
		if got := do(http.MethodPost, path, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"); got.StatusCode != http.StatusForbidden {
			t.Errorf("%s from elsewhere: %d", path, got.StatusCode)
		}
	}
	page := do(http.MethodGet, "/device")
	policy := page.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "form-action") {
		t.Errorf("policy %q", policy)
	}
	if page.Header.Get("Cross-Origin-Opener-Policy") != "" {
		t.Error("the page that opened the sign-in cannot be told")
	}
	if got := do(http.MethodGet, "/style.css"); got.StatusCode != http.StatusOK || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/css") {
		t.Errorf("style: %d %v", got.StatusCode, got.Header)
	}
}

// What a client or a person sends stands on the page as text.
func TestPageEscapes(t *testing.T) {
	_, issuer := start(t)
	const hostile = `"><script>alert(1)</script>`
	response, err := http.Get(issuer + "/authorize?" + url.Values{
		"client_id": {"cde"}, "redirect_uri": {"http://127.0.0.1:1/" + hostile}, "response_type": {"code"}, "state": {hostile}, "login_hint": {hostile},
		"code_challenge": {oauth2.S256ChallengeFromVerifier("x")}, "code_challenge_method": {"S256"},
	}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || strings.Contains(string(body), "<script") {
		t.Errorf("%d %v\n%s", response.StatusCode, err, body)
	}
}

// However much is begun and never ended, what is kept stays bounded: the oldest makes room.
func TestWhatIsKeptIsBounded(t *testing.T) {
	provider, issuer := start(t)
	begin := func() string {
		r := httptest.NewRequest(http.MethodPost, "/idp/device_authorization", strings.NewReader("client_id=cde"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.RemoteAddr, r.Host = "127.0.0.1:1", "127.0.0.1"
		w := httptest.NewRecorder()
		provider.ServeHTTP(w, r)
		var answer struct {
			Code string `json:"device_code"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		return answer.Code
	}
	poll := func(code string) any {
		_, answer := post(t, issuer+"/token", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "client_id": {"cde"}, "device_code": {code}})
		return answer["error"]
	}
	first := begin()
	for range 10_000 {
		begin()
	}
	last := begin()
	if got := poll(first); got != "expired_token" {
		t.Errorf("the first: %v", got)
	}
	if got := poll(last); got != "authorization_pending" {
		t.Errorf("the last: %v", got)
	}
}
