package main

import (
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/productsupcom/cde/server/auth"
)

// authFlags say whose tokens are good.
type authFlags struct {
	issuer        string
	audience      string
	adminClaim    string
	adminValue    string
	requiredScope string
	tokenTypes    []string
	introspection string
	secretFile    string
}

func (f *authFlags) add(set *pflag.FlagSet) {
	set.StringVar(&f.issuer, "issuer", "", "URL of the OpenID Connect issuer whose access tokens are accepted")
	set.StringVar(&f.audience, "audience", "", "audience that a token must be for")
	set.StringVar(&f.adminClaim, "admin-claim", "roles", "claim that makes a caller an admin")
	set.StringVar(&f.adminValue, "admin-value", "cde-admin", "value of --admin-claim, as a string or in a list")
	set.StringVar(&f.requiredScope, "required-scope", "", "scope that every token must have")
	set.StringSliceVar(&f.tokenTypes, "token-types", []string{"at+jwt", "JWT"}, "accepted types of tokens")
	set.StringVar(&f.introspection, "introspection-client", "", "client id to ask the issuer about every token with, instead of reading JWTs")
	set.StringVar(&f.secretFile, "introspection-secret-file", "", "file with the secret of --introspection-client")
}

// scopes are what a client of this server has to ask for.
func (f *authFlags) scopes() []string {
	if f.requiredScope == "" {
		return nil
	}
	return []string{f.requiredScope}
}

// authenticator checks tokens as the flags say.
func (f *authFlags) authenticator(logger *slog.Logger) (*auth.Authenticator, error) {
	config, err := f.config(logger)
	if err != nil {
		return nil, err
	}
	authenticator, err := auth.New(config)
	if err != nil {
		return nil, usageError{err}
	}
	return authenticator, nil
}

// config is what the flags say, or what is wrong with them.
func (f *authFlags) config(logger *slog.Logger) (auth.Config, error) {
	config := auth.Config{
		Issuer: f.issuer, Audience: f.audience,
		AdminClaim: f.adminClaim, AdminValue: f.adminValue, RequiredScope: f.requiredScope, TokenTypes: f.tokenTypes,
		Logger: logger,
	}
	if f.introspection == "" && f.secretFile == "" {
		return config, nil
	}
	if f.introspection == "" || f.secretFile == "" {
		return config, usagef("--introspection-client and --introspection-secret-file go together")
	}
	secret, err := os.ReadFile(f.secretFile)
	if err != nil {
		return config, err
	}
	config.Introspection = &auth.Introspection{ClientID: f.introspection, ClientSecret: strings.TrimSpace(string(secret))}
	return config, nil
}
