package devidp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

// lifetime is how long access tokens are good.
const lifetime = 10 * time.Minute

// keyring holds the signing key. Only the present one is published: a rotation withdraws the one before.
type keyring struct {
	mu      sync.RWMutex
	signing *ecdsa.PrivateKey
	id      string
}

// Rotate makes a new signing key and withdraws the present one. Tokens signed before are no longer good.
func (p *Provider) Rotate() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("devidp: %w", err)
	}
	thumbprint, err := (&jose.JSONWebKey{Key: key.Public()}).Thumbprint(crypto.SHA256)
	if err != nil {
		return fmt.Errorf("devidp: %w", err)
	}
	p.keys.mu.Lock()
	defer p.keys.mu.Unlock()
	p.keys.signing, p.keys.id = key, base64.RawURLEncoding.EncodeToString(thumbprint)
	return nil
}

// sign gives claims as a signed JWT of type typ. Nil values in header or claims take a member away.
func (k *keyring) sign(typ string, claims, header map[string]any) (string, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	token := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims(claims))
	token.Header["typ"], token.Header["kid"] = typ, k.id
	for name, value := range header {
		token.Header[name] = value
	}
	for _, members := range []map[string]any{token.Header, claims} {
		for name, value := range members {
			if value == nil {
				delete(members, name)
			}
		}
	}
	text, err := token.SignedString(k.signing)
	if err != nil {
		return "", fmt.Errorf("devidp: %w", err)
	}
	return text, nil
}

func (p *Provider) jwks(w http.ResponseWriter, _ *http.Request) {
	p.keys.mu.RLock()
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.keys.signing.Public(), KeyID: p.keys.id, Algorithm: "ES256", Use: "sig"}}}
	p.keys.mu.RUnlock()
	writeJSON(w, http.StatusOK, set)
}

// Mint issues an access token to the persona called name, as the token endpoint would, changed by options. For tests: it
// panics if there is no such persona or a value cannot be encoded.
func (p *Provider) Mint(name string, options ...MintOption) string {
	who, ok := persona(name)
	if !ok {
		panic("devidp: no persona " + name)
	}
	draft := &draft{claims: p.accessClaims(grant{client: who.Name, persona: who, scope: p.config.Scopes, session: secret()})}
	for _, option := range options {
		option(draft)
	}
	token, err := p.keys.sign("at+jwt", draft.claims, draft.header)
	if err != nil {
		panic(err)
	}
	return token
}

// MintOption changes a token before it is signed.
type MintOption func(*draft)

type draft struct{ claims, header map[string]any }

// WithClaim sets a claim; nil takes it away.
func WithClaim(name string, value any) MintOption {
	return func(d *draft) { d.claims[name] = value }
}

// WithHeader sets a member of the JOSE header; nil takes it away.
func WithHeader(name string, value any) MintOption {
	return func(d *draft) {
		if d.header == nil {
			d.header = map[string]any{}
		}
		d.header[name] = value
	}
}

// WithExpiry sets when the token ends.
func WithExpiry(end time.Time) MintOption { return WithClaim("exp", end.Unix()) }

// grant is what somebody was given: by whom, through which client, for what.
type grant struct {
	client   string
	persona  Persona
	scope    []string
	session  string
	signedIn time.Time
}

// accessClaims are the claims of RFC 9068 section 2.2.
func (p *Provider) accessClaims(g grant) map[string]any {
	now := p.config.Clock()
	claims := map[string]any{
		"iss": p.config.Issuer, "aud": p.config.Audience, "sub": g.persona.Subject, "client_id": g.client,
		"iat": now.Unix(), "exp": now.Add(lifetime).Unix(), "jti": g.session + "." + secret(),
	}
	if len(g.scope) > 0 {
		claims["scope"] = strings.Join(g.scope, " ")
	}
	if g.persona.Admin {
		claims[p.config.Admin.Name] = []string{p.config.Admin.Value}
	}
	return claims
}

// idClaims are the claims of an ID token (OpenID Connect Core sections 2 and 3.1.3.6).
func (p *Provider) idClaims(g grant, nonce, access string) map[string]any {
	now, digest := p.config.Clock(), sha256.Sum256([]byte(access))
	claims := map[string]any{
		"iss": p.config.Issuer, "aud": g.client, "sub": g.persona.Subject, "preferred_username": g.persona.Name,
		"iat": now.Unix(), "exp": now.Add(lifetime).Unix(), "auth_time": g.signedIn.Unix(),
		"at_hash": base64.RawURLEncoding.EncodeToString(digest[:len(digest)/2]),
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	return claims
}

// secret is 128 or more bits that nobody guesses.
func secret() string { return rand.Text() }

func writeJSON(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(document)
}
