package devidp_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/devidp"
)

const audience = "cde-api"

// start runs a provider under /idp of a loopback server.
func start(t testing.TB, change ...func(*devidp.Config)) (*devidp.Provider, string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config := devidp.Config{
		Issuer: "http://" + listener.Addr().String() + "/idp", Audience: audience, Scopes: []string{"cde"},
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	for _, f := range change {
		f(&config)
	}
	provider, err := devidp.New(config)
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: provider}}
	server.Start()
	t.Cleanup(server.Close)
	return provider, config.Issuer
}

func authenticator(t testing.TB, issuer string) *auth.Authenticator {
	t.Helper()
	a, err := auth.New(auth.Config{Issuer: issuer, Audience: audience, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func caller(a *auth.Authenticator, token string) (auth.Caller, error) {
	r := httptest.NewRequest("PUT", "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return a.Authenticate(r)
}

// post sends a form and decodes the JSON answer.
func post(t testing.TB, address string, form url.Values) (int, map[string]any) {
	t.Helper()
	response, err := http.Post(address, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatalf("%s answered %d without JSON: %v", address, response.StatusCode, err)
	}
	return response.StatusCode, answer
}

func TestClientCredentialsOfEveryPersona(t *testing.T) {
	_, issuer := start(t)
	a := authenticator(t, issuer)
	for _, persona := range devidp.Personas() {
		status, answer := post(t, issuer+"/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {persona.Name}})
		if status != http.StatusOK {
			t.Fatalf("%s: %d %v", persona.Name, status, answer)
		}
		got, err := caller(a, answer["access_token"].(string))
		if err != nil {
			t.Fatalf("%s: %v", persona.Name, err)
		}
		if got.Subject != persona.Subject || got.Admin != persona.Admin || got.ClientID != persona.Name {
			t.Errorf("%s: caller %+v", persona.Name, got)
		}
	}
}

func TestMintedTokensAreGood(t *testing.T) {
	provider, issuer := start(t)
	a := authenticator(t, issuer)
	if got, err := caller(a, provider.Mint("admin")); err != nil || !got.Admin {
		t.Errorf("minted token: %+v, %v", got, err)
	}
	if _, err := caller(a, provider.Mint("admin", devidp.WithClaim("aud", "other"))); err == nil {
		t.Error("a token for another audience passed")
	}
}

func TestOnlyOnLoopback(t *testing.T) {
	for _, issuer := range []string{"http://cde.example/idp", "http://192.0.2.1/idp", "http://0.0.0.0:80/idp", "http://127.0.0.1.example/idp", "ftp://127.0.0.1/", "http://127.0.0.1/?x=1", ""} {
		if _, err := devidp.New(devidp.Config{Issuer: issuer, Audience: audience}); err == nil {
			t.Errorf("issuer %q was accepted", issuer)
		}
	}
	provider, _ := start(t)
	for _, row := range []struct {
		remote, host, header, value string
		want                        int
	}{
		{"127.0.0.1:999", "127.0.0.1:8080", "", "", 200},
		{"[::1]:999", "[::1]:8080", "", "", 200},
		{"127.0.0.1:999", "localhost:8080", "X-Forwarded-For", "127.0.0.1, ::1", 200},
		{"192.0.2.1:999", "127.0.0.1", "", "", 403},
		{"127.0.0.1:999", "evil.example", "", "", 403},
		{"127.0.0.1:999", "127.0.0.1.evil.example", "", "", 403},
		{"127.0.0.1:999", "127.0.0.1", "X-Forwarded-For", "192.0.2.1, 127.0.0.1", 403},
		{"127.0.0.1:999", "127.0.0.1", "X-Forwarded-Host", "tunnel.example", 403},
		{"127.0.0.1:999", "127.0.0.1", "Forwarded", "for=192.0.2.1", 403},
	} {
		r := httptest.NewRequest("GET", "/idp/jwks", nil)
		r.RemoteAddr, r.Host = row.remote, row.host
		if row.header != "" {
			r.Header.Set(row.header, row.value)
		}
		w := httptest.NewRecorder()
		provider.ServeHTTP(w, r)
		if w.Code != row.want {
			t.Errorf("%v: %d", row, w.Code)
		}
	}
}
