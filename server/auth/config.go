package auth

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Config says whose tokens are accepted and what they must hold. Issuer and Audience are required; the zero value of
// every other field means its default.
type Config struct {
	Issuer   string // exact `iss` of every token and base of discovery; https, or http on loopback
	Audience string // must be in `aud`, exactly

	TokenTypes    []string // accepted `typ` headers, without "application/"; default at+jwt (RFC 9068) and JWT
	SubjectClaim  string   // names the caller; default "sub"
	ScopeClaim    string   // holds the scopes, space-delimited or a list; default "scope"
	RequiredScope string   // must be among the scopes, for admins too; default none
	AdminClaim    string   // holds the admin mark; default "roles"
	AdminValue    string   // the mark, a string or a member of a list; default "cde-admin"

	Introspection *Introspection // ask the issuer about every token (RFC 7662) instead of reading JWTs

	BaseURL string // where this resource is reached, for its metadata (RFC 9728); default: as the request says

	MaxAge    time.Duration // keys older than this are fetched anew before they are relied on; default 5 min, at least 1 min
	MaxStale  time.Duration // keys are kept this long while the issuer is down, then 503; default 1 h
	CacheSize int           // verified tokens remembered; default 4096, negative for none

	HTTPClient *http.Client     // asks the issuer; copied; default: 5 s timeout. Redirects are never followed
	Clock      func() time.Time // default time.Now
	Logger     *slog.Logger     // says what happens to keys, never to tokens; default slog.Default()
}

// Introspection is the second way of checking tokens: the issuer is asked (RFC 7662). It fits opaque tokens and
// issuers whose tokens must be revocable at once; it costs a request to the issuer for each token that is not remembered.
type Introspection struct {
	ClientID     string        // this resource server at the issuer, sent by HTTP Basic
	ClientSecret string        // never logged
	Endpoint     string        // default: introspection_endpoint of the issuer's metadata
	Remember     time.Duration // how long an answer is relied on; default 10 s, negative for not at all
}

const (
	leeway        = 30 * time.Second // clock skew between issuer and us
	fetchSpacing  = 30 * time.Second // between two fetches of the keys
	fetchTimeout  = 5 * time.Second
	documentLimit = 1 << 20 // bytes of any answer of the issuer
	tokenLimit    = 16 << 10
)

func (c Config) complete() (Config, error) {
	var problems []error
	if c.Issuer == "" || c.Audience == "" {
		problems = append(problems, errors.New("auth: issuer and audience are required"))
	}
	for name, address := range map[string]string{"issuer": c.Issuer, "base URL": c.BaseURL} {
		if address == "" {
			continue
		}
		if err := trustworthy(address); err != nil {
			problems = append(problems, fmt.Errorf("auth: %s: %w", name, err))
		}
	}
	c.TokenTypes = slices.Clone(c.TokenTypes)
	if len(c.TokenTypes) == 0 {
		c.TokenTypes = []string{"at+jwt", "JWT"}
	}
	if slices.ContainsFunc(c.TokenTypes, func(s string) bool { return strings.TrimSpace(s) != s || s == "" }) {
		problems = append(problems, fmt.Errorf("auth: token types %q: blank", c.TokenTypes))
	}
	if strings.ContainsAny(c.RequiredScope, " \t\"\\") {
		problems = append(problems, fmt.Errorf("auth: required scope %q: not one scope", c.RequiredScope))
	}
	c.SubjectClaim = or(c.SubjectClaim, "sub")
	c.ScopeClaim = or(c.ScopeClaim, "scope")
	c.AdminClaim = or(c.AdminClaim, "roles")
	c.AdminValue = or(c.AdminValue, "cde-admin")
	c.MaxAge = or(c.MaxAge, 5*time.Minute)
	c.MaxStale = or(c.MaxStale, time.Hour)
	if c.MaxAge < 2*fetchSpacing || c.MaxStale < c.MaxAge {
		problems = append(problems, fmt.Errorf("auth: keys' age %v must be from %v to %v", c.MaxAge, 2*fetchSpacing, c.MaxStale))
	}
	c.CacheSize = or(c.CacheSize, 4096)
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	c.HTTPClient = issuerClient(c.HTTPClient)
	if c.Introspection != nil {
		introspection, err := c.Introspection.complete()
		problems = append(problems, err)
		c.Introspection = &introspection
	}
	return c, errors.Join(problems...)
}

func (i Introspection) complete() (Introspection, error) {
	i.Remember = or(i.Remember, 10*time.Second)
	if i.ClientID == "" {
		return i, errors.New("auth: introspection needs a client id")
	}
	if i.Endpoint != "" {
		if err := trustworthy(i.Endpoint); err != nil {
			return i, fmt.Errorf("auth: introspection endpoint: %w", err)
		}
	}
	return i, nil
}

// issuerClient copies client: a redirect would move trust to another address.
func issuerClient(client *http.Client) *http.Client {
	own := http.Client{}
	if client != nil {
		own = *client
	}
	own.Timeout = or(own.Timeout, fetchTimeout)
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// trustworthy says why an address must not be relied on for keys: plain http leaves loopback only.
func trustworthy(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return errors.New("not a URL")
	case u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return fmt.Errorf("%q: want scheme, host and path only", u.Redacted())
	case u.Scheme == "https", u.Scheme == "http" && Loopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%q: want https, or http on loopback", u.Redacted())
}

// Loopback reports whether host, a name or an address without a port, is this machine's own.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
