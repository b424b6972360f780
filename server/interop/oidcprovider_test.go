// Package interop_test holds server/auth, server/devidp and cde against OAuth 2.0 and OpenID Connect implementations that
// others wrote and had certified.
package interop_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/nodetest"
)

const (
	audience = "https://cde.example"
	subject  = "5d4fc3a0-0000-4000-8000-000000000001"
)

// oidcProvider is a running oidc-provider; provider.mjs says what it is set up for.
type oidcProvider struct {
	Issuer, Secret string
	Algorithms     []string
}

func startProvider(t *testing.T, audience string, environment ...string) oidcProvider {
	t.Helper()
	nodetest.Reads(t, "provider.mjs")
	dir := nodetest.Install(t, ".")
	line := nodetest.Start(t, dir, append(environment, "AUDIENCE="+audience, "SUBJECT="+subject), "node", "provider.mjs")
	var provider oidcProvider
	if err := json.Unmarshal([]byte(line), &provider); err != nil {
		t.Fatal(err)
	}
	return provider
}

func (p oidcProvider) machineToken(t *testing.T, client, resource string) string {
	t.Helper()
	config := clientcredentials.Config{ClientID: client, ClientSecret: p.Secret, TokenURL: p.Issuer + "/token", Scopes: []string{"cde"},
		AuthStyle: oauth2.AuthStyleInHeader, EndpointParams: url.Values{"resource": {resource}}}
	token, err := config.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return token.AccessToken
}

func (p oidcProvider) authenticator(t *testing.T, change func(*auth.Config)) *auth.Authenticator {
	t.Helper()
	config := auth.Config{Issuer: p.Issuer, Audience: audience, RequiredScope: "cde", Logger: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&config)
	}
	authenticator, err := auth.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return authenticator
}

// status is 200 with the caller's subject, or the refusal's status with its reason.
func status(t *testing.T, authenticator *auth.Authenticator, token string) (int, string) {
	t.Helper()
	request := httptest.NewRequest(http.MethodPut, "/", nil)
	request.Header.Set("Authorization", "Bearer "+token)
	caller, err := authenticator.Authenticate(request)
	var refusal *auth.Error
	if errors.As(err, &refusal) {
		return refusal.Status, refusal.Reason
	}
	return http.StatusOK, caller.Subject
}

func TestTokensOfOIDCProvider(t *testing.T) {
	provider := startProvider(t, audience)
	authenticator := provider.authenticator(t, nil)
	for _, algorithm := range provider.Algorithms {
		t.Run(algorithm, func(t *testing.T) {
			token := provider.machineToken(t, algorithm, audience)
			if code, who := status(t, authenticator, token); code != http.StatusOK || who != algorithm {
				t.Errorf("answered %d %s, want the client itself", code, who)
			}
			if code, reason := status(t, authenticator, altered(token)); code != http.StatusUnauthorized {
				t.Errorf("altered token: %d %s", code, reason)
			}
		})
	}
	if len(provider.Algorithms) != 4 {
		t.Errorf("algorithms %q", provider.Algorithms)
	}
	t.Run("of another resource", func(t *testing.T) {
		if code, reason := status(t, authenticator, provider.machineToken(t, "ES256", "https://other.example")); code != http.StatusUnauthorized {
			t.Errorf("answered %d %s", code, reason)
		}
	})
	t.Run("opaque", func(t *testing.T) {
		token := provider.machineToken(t, "ES256", audience+"/opaque")
		if code, reason := status(t, authenticator, token); code != http.StatusUnauthorized {
			t.Errorf("as a JWT: %d %s", code, reason)
		}
		asking := provider.authenticator(t, func(c *auth.Config) {
			c.Audience, c.SubjectClaim = c.Audience+"/opaque", "client_id" // which is all that oidc-provider says of a machine
			c.Introspection = &auth.Introspection{ClientID: "RS256", ClientSecret: provider.Secret}
		})
		if code, who := status(t, asking, token); code != http.StatusOK || who != "ES256" {
			t.Errorf("introspected: %d %s", code, who)
		}
		if code, reason := status(t, asking, token[1:]); code != http.StatusUnauthorized {
			t.Errorf("introspected, altered: %d %s", code, reason)
		}
	})
}

// altered changes one bit in the middle of a token's signature.
func altered(token string) string {
	middle := strings.LastIndex(token, ".") + 20
	with := "A"
	if token[middle] == 'A' {
		with = "B"
	}
	return token[:middle] + with + token[middle+1:]
}

// TestSignInAtOIDCProvider signs in by code with PKCE as a browser's client does: the access token is good here, the
// ID token beside it is not.
func TestSignInAtOIDCProvider(t *testing.T) {
	provider := startProvider(t, audience)
	authenticator := provider.authenticator(t, nil)
	authorization, tokenURL, err := authenticator.Endpoints(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	config := oauth2.Config{ClientID: "cde", RedirectURL: "http://127.0.0.1:41414/callback", Scopes: []string{"openid", "offline_access", "cde"},
		Endpoint: oauth2.Endpoint{AuthURL: authorization, TokenURL: tokenURL, AuthStyle: oauth2.AuthStyleInParams}}
	verifier := oauth2.GenerateVerifier()
	answer := browse(t, config.AuthCodeURL("a-state", oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("prompt", "consent")), config.RedirectURL)
	if answer.Get("state") != "a-state" || answer.Get("iss") != provider.Issuer {
		t.Fatalf("answer %v", answer)
	}
	token, err := config.Exchange(t.Context(), answer.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	if code, who := status(t, authenticator, token.AccessToken); code != http.StatusOK || who != subject {
		t.Errorf("access token: %d %s", code, who)
	}
	id, _ := token.Extra("id_token").(string)
	if code, reason := status(t, authenticator, id); id == "" || code != http.StatusUnauthorized {
		t.Errorf("ID token %q: %d %s, want 401", id, code, reason)
	}
	token.Expiry = time.Now().Add(-time.Minute)
	fresh, err := config.TokenSource(t.Context(), token).Token()
	if err != nil {
		t.Fatal(err)
	}
	if code, who := status(t, authenticator, fresh.AccessToken); fresh.AccessToken == token.AccessToken || code != http.StatusOK || who != subject {
		t.Errorf("refreshed: %d %s", code, who)
	}
}

// browse signs in at address and returns the query that the browser would take to destination.
func browse(t *testing.T, address, destination string) url.Values {
	t.Helper()
	browser := newBrowser(destination)
	if page, err := browser.visit(address); err != nil || browser.answer == nil {
		t.Fatalf("%v\n%s", err, page)
	}
	return browser.answer
}
