package interop_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/devidp"
	"github.com/productsupcom/cde/server/nodetest"
)

// TestOpenIDClientAtDevelopmentIssuer runs every flow of devidp with openid-client (client.mjs asserts), and checks that
// the access tokens it got are good here.
func TestOpenIDClientAtDevelopmentIssuer(t *testing.T) {
	nodetest.Reads(t, "client.mjs")
	dir := nodetest.Install(t, ".")
	host := httptest.NewUnstartedServer(nil)
	config := devidp.Config{Issuer: "http://" + host.Listener.Addr().String() + "/idp", Audience: audience, Logger: slog.New(slog.DiscardHandler)}
	issuer, err := devidp.New(config)
	if err != nil {
		t.Fatal(err)
	}
	host.Config.Handler = issuer
	host.Start()
	t.Cleanup(host.Close)

	id, secret := issuer.ResourceServer()
	output := nodetest.Run(t, dir, []string{"ISSUER=" + config.Issuer, "AUDIENCE=" + audience, "RESOURCE_SERVER=" + id, "SECRET=" + secret},
		"node", "client.mjs")
	var tokens map[string]string
	if err := json.Unmarshal([]byte(output), &tokens); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	authenticator, err := auth.New(auth.Config{Issuer: config.Issuer, Audience: audience, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for _, flow := range []string{"code", "refresh", "device", "credentials"} {
		if code, who := status(t, authenticator, tokens[flow]); code != http.StatusOK || who != subject {
			t.Errorf("%s: %d %s, want 200 of the owner", flow, code, who)
		}
	}
}
