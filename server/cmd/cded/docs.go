package main

import (
	"log/slog"
	"net/http"

	"github.com/productsupcom/cde/gen/typescript"
	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/console"
)

// publicClient is the client of browsers and of cde at the issuer.
const publicClient = "cde"

// docsPage is the page under /docs/, which signs in at the authenticator's issuer.
func docsPage(authenticator *auth.Authenticator, scopes []string, logger *slog.Logger) (http.Handler, error) {
	page, err := console.New(console.Config{
		Contract:   openapi.YAML,
		SignIn:     console.SignIn{ClientID: publicClient, Scopes: scopes, Endpoints: authenticator.Endpoints},
		TypeScript: typescript.Operations,
		Types:      typescript.Types,
		SDKURL:     "https://pkg.go.dev/github.com/productsupcom/cde/client",
		Parity:     openapi.Parity,
		Changelog:  openapi.Changelog,
		Logger:     logger,
	})
	return http.StripPrefix("/docs", page), err
}
