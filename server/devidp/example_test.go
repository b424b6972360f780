package devidp_test

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"time"

	"github.com/productsupcom/cde/server/devidp"
)

// A provider for a test: on loopback, with tokens for the asking, good ones and bad ones.
func Example() {
	server := httptest.NewUnstartedServer(nil)
	provider, err := devidp.New(devidp.Config{
		Issuer: "http://" + server.Listener.Addr().String(), Audience: "https://api.example", Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		panic(err)
	}
	server.Config.Handler = provider
	server.Start()
	defer server.Close()

	good := provider.Mint("owner")
	late := provider.Mint("owner", devidp.WithExpiry(time.Now().Add(-time.Hour)))
	foreign := provider.Mint("admin", devidp.WithClaim("aud", "https://other.example"), devidp.WithHeader("kid", "unknown"))
	fmt.Println(len(good) > 0, len(late) > 0, len(foreign) > 0)
	for _, persona := range devidp.Personas() {
		fmt.Println(persona.Name, persona.Subject)
	}
	// Output:
	// true true true
	// owner 5d4fc3a0-0000-4000-8000-000000000001
	// integrator 5d4fc3a0-0000-4000-8000-000000000002
	// admin 5d4fc3a0-0000-4000-8000-000000000003
	// stranger 5d4fc3a0-0000-4000-8000-000000000004
}
