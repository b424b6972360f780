package auth

import (
	"context"
	"errors"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// tokenVerifier checks JWT access tokens (RFC 7519, 8725, 9068).
type tokenVerifier struct {
	config *Config
	keys   *keySource
	claims *jwt.Validator
	known  []string // claim names that are read
	cache  *cache
}

func newTokenVerifier(config Config, keys *keySource) *tokenVerifier {
	return &tokenVerifier{
		config: &config,
		keys:   keys,
		claims: jwt.NewValidator(jwt.WithIssuer(config.Issuer), jwt.WithAudience(config.Audience), jwt.WithExpirationRequired(),
			jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(config.Clock)),
		known: config.claimNames(),
		cache: newCache(config.CacheSize),
	}
}

// caller verifies token, or finds that the very same text was verified before with keys that are still the issuer's.
func (v *tokenVerifier) caller(ctx context.Context, token string) (Caller, *Error) {
	keys, refusal := v.keys.usable(ctx)
	if refusal != nil {
		return Caller{}, refusal
	}
	if caller, ok := v.cache.get(token, keys.generation, v.config.Clock()); ok {
		return caller, nil
	}
	parts, err := splitToken(token)
	if err != nil {
		return Caller{}, badToken("the token has not the form of a signed JWT", err)
	}
	if err := parts.checkHeader(v.config.TokenTypes); err != nil {
		return Caller{}, badToken("the token's header is refused", err)
	}
	if keys, refusal = v.checkSignature(ctx, keys, parts); refusal != nil {
		return Caller{}, refusal
	}
	caller, refusal := v.checkClaims(parts)
	if refusal == nil {
		v.cache.put(token, keys.generation, caller.Expires.Add(leeway), caller)
	}
	return caller, refusal
}

// checkSignature finds the key that the header names and verifies with it. A key that is not known, or does not fit, may
// be newer than ours: the issuer is asked again, as often as its protection allows.
func (v *tokenVerifier) checkSignature(ctx context.Context, keys *keySet, parts *signedToken) (*keySet, *Error) {
	key, err := keys.verify(parts)
	if err == nil {
		return keys, nil
	}
	keys, refusal := v.keys.newer(ctx, keys)
	if refusal != nil {
		return nil, refusal
	}
	if newer := keys.find(parts); newer != nil && (key == nil || newer.print != key.print) {
		_, err = keys.verify(parts)
	}
	if err != nil {
		return nil, badToken("the token's signature cannot be verified", err)
	}
	return keys, nil
}

// checkClaims looks at the payload of a token whose signature is good.
func (v *tokenVerifier) checkClaims(parts *signedToken) (Caller, *Error) {
	var room [24]member
	claims, err := parseObject(parts.payload, v.known, room[:])
	if err != nil {
		return Caller{}, unfitToken("the token's claims cannot be read", err)
	}
	registered, err := registeredClaims(claims)
	if err != nil {
		return Caller{}, unfitToken("the token's claims cannot be read", err)
	}
	if err := v.claims.Validate(registered); err != nil {
		return Caller{}, unfitToken(claimsReason(err), err)
	}
	if !parts.accessToken && otherKind(claims) {
		return Caller{}, unfitToken("the token is not an access token", nil)
	}
	caller, refusal := v.config.callerOf(claims)
	caller.Expires = registered.ExpiresAt.Time
	return caller, refusal
}

func registeredClaims(claims object) (*jwt.RegisteredClaims, error) {
	var r jwt.RegisteredClaims
	var exp, nbf, iat, aud bool
	r.ExpiresAt, exp = claims.date("exp")
	r.NotBefore, nbf = claims.date("nbf")
	r.IssuedAt, iat = claims.date("iat")
	r.Audience, aud = claims.texts("aud")
	r.Issuer, _ = claims.text("iss")
	if !exp || !nbf || !iat || !aud {
		return nil, errors.New("exp, nbf, iat or aud has the wrong type")
	}
	return &r, nil
}

// claimsReason words the first thing that is wrong with the claims.
func claimsReason(err error) string {
	for _, row := range []struct {
		is     error
		reason string
	}{
		{jwt.ErrTokenRequiredClaimMissing, "the token lacks iss, aud or exp"},
		{jwt.ErrTokenInvalidIssuer, "the token is of another issuer"},
		{jwt.ErrTokenInvalidAudience, "the token is for another audience"},
		{jwt.ErrTokenExpired, "the token has expired"},
		{jwt.ErrTokenNotValidYet, "the token is not valid yet"},
		{jwt.ErrTokenUsedBeforeIssued, "the token was issued in the future"},
	} {
		if errors.Is(err, row.is) {
			return row.reason
		}
	}
	return "the token's claims are not valid"
}

// otherKind recognises ID tokens (OpenID Connect Core sections 2 and 3.3.2.11), logout and event tokens (RFC 8417) among those
// whose typ header says no more than JWT. Explicitly typed access tokens need no such guess (RFC 8725 section 3.11).
func otherKind(claims object) bool {
	if kind, ok := claims.text("typ"); ok && !strings.EqualFold(kind, "Bearer") { // Keycloak
		return true
	}
	return claims.has("nonce", "at_hash", "c_hash", "s_hash", "events")
}
