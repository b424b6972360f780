package devidp_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/devidp"
)

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
		{"a redirect here with a user", "redirect_uri", []string{"http://evil.example@127.0.0.1/"}, ""},
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
