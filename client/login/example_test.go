package login_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/productsupcom/cde/client"
	"github.com/productsupcom/cde/client/login"
)

// Ask the API who signs people in, sign in by browser, and call the API with a token that renews itself. Here the
// session is kept in memory; package tokenstore keeps it between runs.
func Example() {
	api := agreeableAPI()
	defer api.Close()
	ctx := context.Background()

	resource, err := login.FindIssuer(ctx, nil, api.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	issuer, err := login.Discover(ctx, nil, resource.Issuers[0])
	if err != nil {
		fmt.Println(err)
		return
	}
	flow := login.Flow{
		Issuer: issuer, ClientID: "cde", Resource: resource.Identifier, Scopes: login.ChooseScopes(resource, issuer),
		OpenBrowser: person, Talk: new(strings.Builder),
	}
	session, err := flow.Browser(ctx)
	if err != nil {
		fmt.Println(err) // errors.Is(err, login.ErrDenied), ErrSignInNeeded, ErrUnavailable
		return
	}
	fmt.Println("signed in as", session.Subject, "with scopes", flow.Scopes)

	source := &login.Source{Keeper: newDrawer(session)}
	cde, err := client.New(client.WithBaseURL(api.URL), client.WithTokenSource(source))
	fmt.Println(cde != nil, err)
	// Output:
	// signed in as somebody with scopes [cde offline_access]
	// true <nil>
}

// person agrees to everything.
func person(address string) error {
	go func() {
		if response, err := http.Get(address); err == nil {
			_ = response.Body.Close()
		}
	}()
	return nil
}

// agreeableAPI is an API and its issuer in one, which lets everybody in at once.
func agreeableAPI() *httptest.Server {
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	documents := map[string]map[string]any{
		"GET " + rfc9728: {"resource": server.URL, "authorization_servers": []string{server.URL}, "scopes_supported": []string{"cde"}},
		"GET " + oidc: {"issuer": server.URL, "authorization_endpoint": server.URL + "/authorize", "token_endpoint": server.URL + "/token",
			"scopes_supported": []string{"cde", "offline_access"}},
		"POST /token": {"access_token": jwt("somebody"), "refresh_token": "r", "token_type": "Bearer", "expires_in": 3600},
	}
	for pattern, document := range documents {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(document)
		})
	}
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		answer := url.Values{"code": {"c"}, "state": {r.FormValue("state")}, "iss": {server.URL}}
		http.Redirect(w, r, r.FormValue("redirect_uri")+"?"+answer.Encode(), http.StatusFound)
	})
	return server
}
