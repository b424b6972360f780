package auth_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/productsupcom/cde/server/auth"
)

// FuzzToken: nothing is accepted but what was signed, letter for letter.
func FuzzToken(f *testing.F) {
	now := time.Unix(1_800_000_000, 0)
	issued := map[string]bool{}
	for _, row := range goodTokens(now) {
		issued[row.token[:strings.LastIndex(row.token, ".")]] = true
		f.Add(row.token)
	}
	for _, row := range badTokens(now) {
		f.Add(row.token)
	}
	a := newAuthenticator(f, newIssuer(), func(c *auth.Config) { c.Clock = func() time.Time { return now } })
	f.Fuzz(func(t *testing.T, token string) {
		caller, err := a.Authenticate(request(token))
		if err != nil {
			_ = refusal(t, err)
			return
		}
		signed := strings.TrimLeft(token[:strings.LastIndex(token, ".")], " ")
		if !issued[signed] {
			t.Fatalf("%q was never issued and speaks for %+v", token, caller)
		}
	})
}

// FuzzClaims: whatever an issuer signs, an accepted token says the same to encoding/json and to golang-jwt as to us, and holds no name twice,
// however it is spelled.
func FuzzClaims(f *testing.F) {
	now := time.Unix(1_800_000_000, 0)
	for _, row := range append(goodTokens(now), badTokens(now)...) {
		parts := strings.Split(row.token, ".")
		if len(parts) < 3 {
			continue
		}
		header, err1 := b64.DecodeString(parts[0])
		payload, err2 := b64.DecodeString(parts[1])
		if err1 == nil && err2 == nil {
			f.Add(string(header), string(payload))
		}
	}
	clock := func() time.Time { return now }
	a := newAuthenticator(f, newIssuer(), func(c *auth.Config) { c.Clock, c.CacheSize = clock, -1 })
	parser := jwt.NewParser(jwt.WithTimeFunc(clock), jwt.WithLeeway(30*time.Second), jwt.WithIssuer(issuerURL), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding(), jwt.WithValidMethods([]string{"ES256"}))
	f.Fuzz(func(t *testing.T, header, payload string) {
		token := sign(jwt.SigningMethodES256, ecKey, header, payload)
		caller, err := a.Authenticate(request(token))
		if err != nil {
			if e := refusal(t, err); e.Status != 401 || !strings.HasPrefix(e.Challenge, `Bearer error="invalid_token"`) {
				t.Fatalf("refused otherwise: %+v", e)
			}
			return
		}
		claims := jwt.MapClaims{}
		if _, err := parser.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return ecKey.Public(), nil }); err != nil {
			t.Fatalf("golang-jwt refuses %s.%s: %v", header, payload, err)
		}
		if claims["sub"] != caller.Subject {
			t.Fatalf("subject %q is %q to golang-jwt", caller.Subject, claims["sub"])
		}
		for _, text := range []string{header, payload} {
			if name := repeatedName(t, text); name != "" {
				t.Fatalf("accepted with %q more than once: %s", name, text)
			}
		}
	})
}

// repeatedName walks the members of an object with encoding/json and finds one that comes again, in whatever case.
func repeatedName(t *testing.T, text string) string {
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	if _, err := decoder.Token(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			t.Fatal(err)
		}
		name := token.(string)
		for _, other := range names {
			if strings.EqualFold(name, other) {
				return name
			}
		}
		names = append(names, name)
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return ""
}
