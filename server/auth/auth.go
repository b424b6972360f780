// Package auth decides who a request speaks for: a resource server's check of bearer tokens, by the book
// (RFC 6750, 7519, 7662, 8725, 9068, 9700, 9728). It knows net/http and nothing of any framework.
//
// An [Authenticator] verifies tokens of one issuer. [Authenticator.Authenticate] answers with a [Caller] or an
// [Error] ready to be written; [Authenticator.Middleware] does both for a plain handler.
// The package logs nothing of a token, ever.
package auth

import (
	"context"
	"net/http"
)

// Authenticator verifies bearer tokens of one issuer. It is safe for concurrent use. Make one with [New].
type Authenticator struct {
	config  Config
	issuer  *issuer
	verify  verifier
	resume  func(ctx context.Context)
	ready   func(ctx context.Context) error
	address address
}

// A verifier turns the text of a token into its caller.
type verifier interface {
	caller(ctx context.Context, token string) (Caller, *Error)
}

// New makes an Authenticator, or says what is wrong with the configuration. It contacts nobody: the issuer is asked
// by the first request, by [Authenticator.Ready] or by [Authenticator.Run], whichever comes first.
func New(config Config) (*Authenticator, error) {
	config, err := config.complete()
	if err != nil {
		return nil, err
	}
	issuer := newIssuer(config)
	a := &Authenticator{config: config, address: newAddress(config), issuer: issuer}
	if config.Introspection != nil {
		verifier := newIntrospector(config, issuer)
		a.verify, a.ready, a.resume = verifier, verifier.ready, func(ctx context.Context) { <-ctx.Done() }
		return a, nil
	}
	keys := newKeySource(config, issuer)
	a.verify, a.ready, a.resume = newTokenVerifier(config, keys), keys.ready, keys.refresh
	return a, nil
}

// Authenticate says who r speaks for. It looks at the one Authorization header and takes a bearer token from nowhere
// else; a token in the query is refused (RFC 6750 section 2.3, RFC 9700 section 4.3.2).
//
// The error, if any, is an [*Error] with status 401 (no token, or not a good one), 403 (a good token without the required
// scope) or 503 (the issuer cannot be asked). Nothing is logged: the line about the decision is the caller's,
// and both Caller and Error know how to stand in it.
func (a *Authenticator) Authenticate(r *http.Request) (Caller, error) {
	token, refusal := bearer(r)
	if refusal == nil {
		var caller Caller
		if caller, refusal = a.verify.caller(r.Context(), token); refusal == nil {
			return caller, nil
		}
	}
	refusal.Challenge = a.address.challenge(refusal, r)
	return Caller{}, refusal
}

// Ready is nil while tokens can be checked: the issuer's keys are known and not too old (with introspection: its
// endpoint is known). Otherwise it asks the issuer, no more often than requests would, and returns the cause.
func (a *Authenticator) Ready(ctx context.Context) error { return a.ready(ctx) }

// Run keeps the issuer's keys fresh until ctx ends, so that no request has to wait for them. It is optional:
// without it keys are fetched when a request needs them.
func (a *Authenticator) Run(ctx context.Context) { a.resume(ctx) }
