package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"github.com/productsupcom/cde/server/auth"
)

const (
	issuerURL = "https://issuer.example/tenant"
	audience  = "https://cde.example"
	subject   = "5d4fc3a0-0000-4000-8000-000000000001"
)

// Keys are made once: an RSA key takes its time. The ones that fuzzing signs with are the same in every process.
var (
	rsaKey     = must(rsa.GenerateKey(rand.Reader, 2048))
	ecKey      = must(ecdsa.ParseRawPrivateKey(elliptic.P256(), []byte("a scalar of thirty-two bytes, too")[:32]))
	edKey      = ed25519.NewKeyFromSeed([]byte("a seed of thirty-two bytes, long"))
	evilRSAKey = must(rsa.GenerateKey(rand.Reader, 2048))
	evilECKey  = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
)

func rsaKeyOf(bits int) (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, bits) }

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// fakeIssuer answers for issuerURL without a network, as a transport.
type fakeIssuer struct {
	mu        sync.Mutex
	keys      []jose.JSONWebKey
	jwksPath  string
	metadata  map[string]any
	down      bool
	delay     time.Duration
	asked     int // requests in all
	fetches   int // of the key set
	questions int // introspections
	answer    func(token string) (int, string)
}

func newIssuer() *fakeIssuer {
	return &fakeIssuer{
		jwksPath: "/jwks",
		keys: []jose.JSONWebKey{
			{Key: rsaKey.Public(), KeyID: "rs", Algorithm: "RS256", Use: "sig"},
			{Key: ecKey.Public(), KeyID: "es", Algorithm: "ES256"},
			{Key: edKey.Public(), KeyID: "ed", Algorithm: "Ed25519", Use: "sig"},
		},
		metadata: map[string]any{"issuer": issuerURL, "jwks_uri": issuerURL + "/jwks", "introspection_endpoint": issuerURL + "/introspect"},
	}
}

func (i *fakeIssuer) change(f func(*fakeIssuer)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	f(i)
}

func (i *fakeIssuer) fetchCount() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.fetches
}

func (i *fakeIssuer) RoundTrip(r *http.Request) (*http.Response, error) {
	i.mu.Lock()
	delay, down := i.delay, i.down
	i.asked++
	if strings.HasSuffix(r.URL.Path, "/jwks") {
		i.fetches++
	}
	i.mu.Unlock()
	select {
	case <-time.After(delay):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if down {
		return nil, errors.New("connection refused")
	}
	w := httptest.NewRecorder()
	i.serve(w, r)
	return w.Result(), nil
}

func (i *fakeIssuer) serve(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch r.URL.String() {
	case issuerURL + "/.well-known/openid-configuration":
		_ = json.NewEncoder(w).Encode(i.metadata)
	case issuerURL + i.jwksPath:
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: i.keys})
	case issuerURL + "/introspect":
		i.questions++
		id, password, _ := r.BasicAuth()
		if id != "cde" || password != "s%3Acret" || r.Method != http.MethodPost {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		status, body := i.answer(r.PostFormValue("token"))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	default:
		http.NotFound(w, r)
	}
}

// newAuthenticator makes one for issuer; change alters its configuration.
func newAuthenticator(t testing.TB, issuer http.RoundTripper, change ...func(*auth.Config)) *auth.Authenticator {
	t.Helper()
	config := auth.Config{
		Issuer: issuerURL, Audience: audience, HTTPClient: &http.Client{Transport: issuer},
		Logger: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&config)
	}
	a, err := auth.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// request carries token as it should.
func request(token string) *http.Request {
	r := httptest.NewRequest(http.MethodPut, "https://cde.example/connectors", nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

// refusal is the *auth.Error of err, which must be one.
func refusal(t testing.TB, err error) *auth.Error {
	t.Helper()
	var e *auth.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *auth.Error", err)
	}
	return e
}

// object is JSON under construction: members stay as they are written, also twice or misspelled.
type object []struct{ name, value string }

func (o object) set(name, value string) object {
	out := object{}
	found := false
	for _, m := range o {
		if m.name == name {
			m.value, found = value, true
		}
		if m.value != "" {
			out = append(out, m)
		}
	}
	if !found {
		out = append(out, struct{ name, value string }{name, value})
	}
	return out
}

// drop takes a member away; add appends one even if there is one of that name.
func (o object) drop(name string) object { return o.set(name, "") }
func (o object) add(name, value string) object {
	return append(append(object{}, o...), struct{ name, value string }{name, value})
}

func (o object) String() string {
	var members []string
	for _, m := range o {
		members = append(members, `"`+m.name+`":`+m.value)
	}
	return "{" + strings.Join(members, ",") + "}"
}

func quote(s string) string { return `"` + s + `"` }

// goodHeader and goodClaims make a token that is accepted at now.
func goodHeader(alg, kid string) object {
	return object{}.add("alg", quote(alg)).add("typ", `"at+jwt"`).add("kid", quote(kid))
}

func goodClaims(now time.Time) object {
	return object{}.add("iss", quote(issuerURL)).add("aud", quote(audience)).add("sub", quote(subject)).
		add("exp", seconds(now.Add(5*time.Minute))).add("iat", seconds(now)).add("client_id", `"cde"`).add("jti", `"1"`)
}

func seconds(t time.Time) string { return string(must(json.Marshal(t.Unix()))) }

var b64 = base64.RawURLEncoding

// sign joins and signs two raw texts.
func sign(method jwt.SigningMethod, key crypto.PrivateKey, header, payload string) string {
	signed := b64.EncodeToString([]byte(header)) + "." + b64.EncodeToString([]byte(payload))
	return signed + "." + b64.EncodeToString(must(method.Sign(signed, key)))
}

func signES(header, claims object) string {
	return sign(jwt.SigningMethodES256, ecKey, header.String(), claims.String())
}
