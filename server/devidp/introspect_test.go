package devidp_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/productsupcom/cde/server/auth"
)

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
