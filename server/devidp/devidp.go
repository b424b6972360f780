// Package devidp is an identity provider for development and tests, never for production: its personas sign in without
// a password. It answers on loopback only, makes its keys at start and forgets everything at the end.
//
// Otherwise it is a real one: OAuth 2.0 authorization code with PKCE, device flow, refresh tokens with rotation, client credentials,
// introspection, revocation (RFC 6749, 7009, 7636, 7662, 8414, 8628, 9068, 9207) and OpenID Connect discovery.
package devidp

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Config says where the provider is and for whom it issues tokens. Issuer and Audience are required.
type Config struct {
	Issuer   string // http://127.0.0.1:8080/idp; loopback only
	Audience string // `aud` of access tokens
	Scopes   []string
	Admin    Claim            // what marks an admin; default roles: [cde-admin]
	Clock    func() time.Time // default time.Now
	Logger   *slog.Logger     // default slog.Default(); a warning at start, then metadata only
}

// Claim is a claim of a token and its value.
type Claim struct{ Name, Value string }

// Provider is the identity provider, an [http.Handler] for the paths of [Provider.Patterns].
type Provider struct {
	config Config
	base   string // path of the issuer, without a slash at the end
	keys   keyring
	routes http.Handler

	authorizations *shelf[authorization]     // waiting for a person
	codes          *shelf[authorizationCode] // waiting for, or after, their exchange
	sessions       *shelf[session]           // by name
	devices        *shelf[device]            // by device code
	userCodes      *shelf[string]            // device codes by user code
	ended          *shelf[struct{}]          // names of sessions and jti of access tokens
	resourceSecret string
}

// New makes a provider with fresh keys. It refuses an issuer that is not on loopback, and warns in the log that it is there.
func New(config Config) (*Provider, error) {
	issuer, err := url.Parse(config.Issuer)
	if err != nil || issuer.Scheme != "http" && issuer.Scheme != "https" || issuer.RawQuery != "" || issuer.Fragment != "" {
		return nil, fmt.Errorf("devidp: issuer %q is not a URL of scheme, host and path", config.Issuer)
	}
	if !loopback(issuer.Host) {
		return nil, fmt.Errorf("devidp: issuer %q is not on loopback: this provider is for development only", config.Issuer)
	}
	if config.Audience == "" {
		return nil, errors.New("devidp: audience is required")
	}
	if config.Admin == (Claim{}) {
		config.Admin = Claim{"roles", "cde-admin"}
	}
	if config.Clock == nil {
		config.Clock = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	p := &Provider{
		config: config, base: strings.TrimSuffix(issuer.Path, "/"), resourceSecret: secret(),
		authorizations: newShelf[authorization](config.Clock), codes: newShelf[authorizationCode](config.Clock),
		sessions: newShelf[session](config.Clock), devices: newShelf[device](config.Clock),
		userCodes: newShelf[string](config.Clock), ended: newShelf[struct{}](config.Clock),
	}
	if err := p.Rotate(); err != nil {
		return nil, err
	}
	p.routes = p.mux()
	config.Logger.Warn("development identity provider: anybody on this machine may sign in as anybody", "issuer", config.Issuer)
	return p, nil
}

// Patterns are the paths to mount the provider at, in the syntax of [http.ServeMux]: everything below its issuer, and the
// two well-known documents that stand before the issuer's path. Paths reach the provider unstripped.
func (p *Provider) Patterns() []string {
	patterns := []string{p.base + "/"}
	if p.base != "" {
		patterns = append(patterns, p.base, oauthMetadata+p.base, oidcMetadata+p.base)
	}
	return patterns
}

// ServeHTTP answers, if both ends of the connection are on loopback. The Host is looked at as well: a name that was
// pointed at this machine (DNS rebinding) is turned away. So is what a proxy says it forwards from elsewhere.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !loopback(r.RemoteAddr) || !loopback(r.Host) || forwarded(r.Header) {
		http.Error(w, "development identity provider: loopback only", http.StatusForbidden)
		return
	}
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("Cache-Control", "no-store")
	p.routes.ServeHTTP(w, r)
}

// mux is every path there is.
func (p *Provider) mux() http.Handler {
	mux := http.NewServeMux()
	documents := []string{p.base + oidcMetadata, p.base + oauthMetadata}
	if p.base != "" {
		documents = append(documents, oidcMetadata+p.base, oauthMetadata+p.base)
		mux.HandleFunc("GET "+p.base, p.index)
	}
	for _, path := range documents {
		mux.Handle(path, script(http.MethodGet, p.discovery))
	}
	mux.Handle(p.base+"/jwks", script(http.MethodGet, p.jwks))
	mux.Handle(p.base+"/token", script(http.MethodPost, p.token))
	mux.Handle(p.base+"/device_authorization", script(http.MethodPost, p.authorizeDevice))
	mux.Handle(p.base+"/introspect", script(http.MethodPost, p.introspect))
	mux.Handle(p.base+"/revoke", script(http.MethodPost, p.revoke))
	mux.HandleFunc("GET "+p.base+"/{$}", p.index)
	mux.HandleFunc("GET "+p.base+"/authorize", p.authorize)
	mux.HandleFunc("POST "+p.base+"/authorize", p.authorize)
	mux.HandleFunc("GET "+p.base+"/device", p.deviceForm)
	mux.HandleFunc("GET "+p.base+"/style.css", p.style)
	ownPages := http.NewCrossOriginProtection()
	mux.Handle("POST "+p.base+"/sign-in", ownPages.Handler(http.HandlerFunc(p.decide)))
	mux.Handle("POST "+p.base+"/device", ownPages.Handler(http.HandlerFunc(p.decideDevice)))
	return mux
}

// forwarded says whether a proxy names another machine than this as the origin of the request.
func forwarded(header http.Header) bool {
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip"} {
		for _, hosts := range header[name] {
			for host := range strings.SplitSeq(hosts, ",") {
				if !loopback(strings.TrimSpace(host)) {
					return true
				}
			}
		}
	}
	return header.Get("Forwarded") != ""
}

// loopback says whether a host, with or without a port, is this machine and nothing else.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
