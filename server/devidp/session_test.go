package devidp_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

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
