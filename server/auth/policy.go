package auth

import (
	"log/slog"
	"slices"
	"strings"
	"time"
)

// Caller is who a verified token speaks for. Whether that one may touch a given connector is the connector's rule:
// its owner may, an admin may, everybody else (its integrator included) may not.
type Caller struct {
	Subject  string    // compared with a connector's owner and integrator
	Admin    bool      // may act on every connector
	Scopes   []string  // what the token was issued for; callers must not change it
	ClientID string    // which application holds the token; empty if the issuer does not say
	Expires  time.Time // when the token ends
}

// LogValue is the decision as a group: granted, subject, reason, and the client where known.
func (c Caller) LogValue() slog.Value {
	reason := "valid token"
	if c.Admin {
		reason = "valid token of an admin"
	}
	attrs := []slog.Attr{slog.Bool("granted", true), slog.String("subject", c.Subject), slog.String("reason", reason)}
	if c.ClientID != "" {
		attrs = append(attrs, slog.String("client", c.ClientID))
	}
	return slog.GroupValue(attrs...)
}

// claimNames are the claims that are read, here and when a token's validity is checked.
func (c *Config) claimNames() []string {
	return []string{"iss", "aud", "exp", "nbf", "iat", "client_id", "azp", "typ", c.SubjectClaim, c.ScopeClaim, c.AdminClaim}
}

// callerOf is the whole policy about claims: which names the caller, which makes an admin, which scope is
// asked of everybody.
func (c *Config) callerOf(claims object) (Caller, *Error) {
	subject, ok := claims.text(c.SubjectClaim)
	if !ok || !presentable(subject) {
		return Caller{}, unfitToken("the token names no subject", nil)
	}
	scopes, ok := claims.words(c.ScopeClaim)
	if !ok {
		return Caller{}, unfitToken("the token's scopes cannot be read", nil)
	}
	if c.RequiredScope != "" && !slices.Contains(scopes, c.RequiredScope) {
		return Caller{}, missingScope(c.RequiredScope, subject)
	}
	marks, _ := claims.texts(c.AdminClaim)
	client, _ := claims.text("client_id")
	if client == "" {
		client, _ = claims.text("azp")
	}
	if !presentable(client) {
		client = ""
	}
	return Caller{Subject: subject, Admin: slices.Contains(marks, c.AdminValue), Scopes: scopes, ClientID: client}, nil
}

// presentable keeps names that fit a log line and a database column: 1 to 255 bytes, no control character,
// nothing that was not Unicode.
func presentable(name string) bool {
	return name != "" && len(name) <= 255 && !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' })
}
