package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// introspector asks the issuer about each token (RFC 7662). Good answers are remembered for a short time; all others are asked
// again. It sends a bounded number of questions at once, so that a storm of bad tokens meets its limit here.
type introspector struct {
	config *Config
	issuer *issuer
	claims *jwt.Validator
	cache  *cache
	places chan struct{}
}

const introspectionsAtOnce = 32

func newIntrospector(config Config, issuer *issuer) *introspector {
	return &introspector{
		config: &config,
		issuer: issuer,
		claims: jwt.NewValidator(jwt.WithAudience(config.Audience), jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(config.Clock)),
		cache:  newCache(config.CacheSize),
		places: make(chan struct{}, introspectionsAtOnce),
	}
}

func (i *introspector) caller(ctx context.Context, token string) (Caller, *Error) {
	now := i.config.Clock()
	if caller, ok := i.cache.get(token, 0, now); ok {
		return caller, nil
	}
	select {
	case i.places <- struct{}{}:
		defer func() { <-i.places }()
	case <-ctx.Done():
		return Caller{}, unavailable("too many tokens are being checked", ctx.Err(), time.Second)
	}
	answer, err := i.ask(ctx, token)
	if err != nil {
		return Caller{}, unavailable("the issuer cannot be asked about the token", err, time.Second)
	}
	caller, refusal := i.judge(answer)
	if refusal != nil {
		return Caller{}, refusal
	}
	until := now.Add(i.config.Introspection.Remember)
	if end := caller.Expires.Add(leeway); !caller.Expires.IsZero() && end.Before(until) {
		until = end
	}
	i.cache.put(token, 0, until, caller)
	return caller, nil
}

// judge reads the answer of RFC 7662 section 2.2 as strictly as a token's claims.
func (i *introspector) judge(answer object) (Caller, *Error) {
	active, _ := answer.get("active")
	if active != "true" {
		return Caller{}, badToken("the issuer says that the token is not active", nil)
	}
	if kind, ok := answer.text("token_type"); ok && !strings.EqualFold(kind, "Bearer") {
		return Caller{}, unfitToken("the token is not a bearer token", nil)
	}
	if issuer, ok := answer.text("iss"); answer.has("iss") && (!ok || issuer != i.config.Issuer) {
		return Caller{}, unfitToken("the token is of another issuer", nil)
	}
	registered, err := registeredClaims(answer)
	if err != nil {
		return Caller{}, unfitToken("the issuer's answer about the token cannot be read", err)
	}
	if err := i.claims.Validate(registered); err != nil {
		return Caller{}, unfitToken(claimsReason(err), err)
	}
	caller, refusal := i.config.callerOf(answer)
	if registered.ExpiresAt != nil {
		caller.Expires = registered.ExpiresAt.Time
	}
	return caller, refusal
}

func (i *introspector) ask(ctx context.Context, token string) (object, error) {
	endpoint, err := i.endpoint(ctx)
	if err != nil {
		return nil, err
	}
	form := url.Values{"token": {token}, "token_type_hint": {"access_token"}}.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	own := i.config.Introspection
	request.SetBasicAuth(url.QueryEscape(own.ClientID), url.QueryEscape(own.ClientSecret)) // RFC 6749 section 2.3.1
	body, err := i.issuer.send(request)
	if err != nil {
		i.issuer.forget()
		return nil, err
	}
	answer, err := parseObject(body, append(i.config.claimNames(), "active", "token_type"), nil)
	if err != nil {
		return nil, fmt.Errorf("introspection: %w", err)
	}
	return answer, nil
}

func (i *introspector) endpoint(ctx context.Context) (string, error) {
	if i.config.Introspection.Endpoint != "" {
		return i.config.Introspection.Endpoint, nil
	}
	metadata, err := i.issuer.metadata(ctx)
	if err != nil {
		return "", err
	}
	if metadata.IntrospectionEndpoint == "" {
		return "", errors.New("the issuer offers no introspection")
	}
	if err := trustworthyEndpoint(metadata.IntrospectionEndpoint); err != nil {
		return "", fmt.Errorf("introspection_endpoint: %w", err)
	}
	return metadata.IntrospectionEndpoint, nil
}

func (i *introspector) ready(ctx context.Context) error {
	if _, err := i.endpoint(ctx); err != nil {
		return unavailable("the issuer's introspection endpoint is not known", err, time.Second)
	}
	return nil
}
