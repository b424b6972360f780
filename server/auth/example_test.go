package auth_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/devidp"
)

// A handler behind the check of bearer tokens, with an issuer on this machine.
func Example() {
	issuer := httptest.NewUnstartedServer(nil)
	identity, err := devidp.New(devidp.Config{
		Issuer: "http://" + issuer.Listener.Addr().String(), Audience: "https://api.example", Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		panic(err)
	}
	issuer.Config.Handler = identity
	issuer.Start()
	defer issuer.Close()

	check, err := auth.New(auth.Config{
		Issuer: issuer.URL, Audience: "https://api.example", Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle(auth.MetadataPath, check.Metadata())
	mux.Handle("/", check.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, _ := auth.CallerFrom(r.Context())
		_, _ = io.WriteString(w, "hello "+caller.Subject)
	})))

	for _, token := range []string{identity.Mint("owner"), ""} {
		r := httptest.NewRequest(http.MethodGet, "https://api.example/", nil)
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(w.Code, strings.TrimSpace(w.Body.String()))
		if challenge := w.Header().Get("WWW-Authenticate"); challenge != "" {
			fmt.Println(challenge)
		}
	}
	// Output:
	// 200 hello 5d4fc3a0-0000-4000-8000-000000000001
	// 401 {"message":"You have to be authorized to access this resource."}
	// Bearer resource_metadata="https://api.example/.well-known/oauth-protected-resource"
}

// A gateway that leaves the check to its upstream asks only that there is one well-formed token.
func ExampleWellFormed() {
	r := httptest.NewRequest(http.MethodGet, "https://api.example/", nil)
	r.Header.Add("Authorization", "Bearer one")
	fmt.Println(auth.WellFormed(r))
	r.Header.Add("Authorization", "Bearer two")
	fmt.Println(auth.WellFormed(r))
	// Output:
	// <nil>
	// auth: more than one Authorization header
}
