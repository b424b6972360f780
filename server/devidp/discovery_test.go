package devidp_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/productsupcom/cde/server/devidp"
)

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
	for _, end := range []string{"", "/"} {
		_, bare := start(t, func(c *devidp.Config) { c.Issuer = strings.TrimSuffix(c.Issuer, "/idp") + end })
		root := strings.TrimSuffix(bare, "/")
		for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
			if got := discover(t, root+path); got["issuer"] != bare || got["jwks_uri"] != root+"/jwks" {
				t.Errorf("%s: %v", path, got)
			}
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
