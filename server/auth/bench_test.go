package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/productsupcom/cde/server/auth"
)

// usualClaims are what an access token of a grown identity provider holds: about 900 bytes in all.
func usualClaims(now time.Time) object {
	return goodClaims(now).set("exp", seconds(now.Add(24*time.Hour))).add("nbf", seconds(now)).add("scope", `"openid profile cde"`).add("roles", `["reader","cde-editor"]`).
		add("auth_time", seconds(now)).add("acr", `"urn:mace:incommon:iap:silver"`).add("sid", `"08a5019c-17e1-4977-8f42-65a12843ea02"`).
		add("email", `"owner@example.com"`).add("email_verified", "true").add("preferred_username", `"owner"`)
}

// algorithms are the three that issuers use, each with a token and the standard library's bare check of its signature.
func algorithms() []struct {
	name, token string
	bare        func(signed, signature []byte) bool
} {
	claims := usualClaims(time.Now()).String()
	return []struct {
		name, token string
		bare        func(signed, signature []byte) bool
	}{
		{"ES256", sign(jwt.SigningMethodES256, ecKey, goodHeader("ES256", "es").String(), claims), func(signed, signature []byte) bool {
			digest := sha256.Sum256(signed)
			return ecdsa.Verify(&ecKey.PublicKey, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
		}},
		{"RS256", sign(jwt.SigningMethodRS256, rsaKey, goodHeader("RS256", "rs").String(), claims), func(signed, signature []byte) bool {
			digest := sha256.Sum256(signed)
			return rsa.VerifyPKCS1v15(&rsaKey.PublicKey, crypto.SHA256, digest[:], signature) == nil
		}},
		{"EdDSA", sign(jwt.SigningMethodEdDSA, edKey, goodHeader("EdDSA", "ed").String(), claims), func(signed, signature []byte) bool {
			return ed25519.Verify(edKey.Public().(ed25519.PublicKey), signed, signature)
		}},
	}
}

// BenchmarkCheck measures a request's check without the memory of tokens, in turn with the bare verification of the same
// signature by the standard library, and compares the medians, so that both see the same machine. Target: ratio ≤ 1.3.
func BenchmarkCheck(b *testing.B) {
	for _, row := range algorithms() {
		b.Run(row.name, func(b *testing.B) {
			a := newAuthenticator(b, newIssuer(), func(c *auth.Config) { c.CacheSize = -1 })
			r := request(row.token)
			dot := strings.LastIndex(row.token, ".")
			signed, signature := []byte(row.token[:dot]), must(b64.DecodeString(row.token[dot+1:]))
			if _, err := a.Authenticate(r); err != nil {
				b.Fatal(err)
			}
			var bare, check []float64
			for b.Loop() {
				bare = append(bare, batch(func() bool { return row.bare(signed, signature) }))
				check = append(check, batch(func() bool { _, err := a.Authenticate(r); return err == nil }))
			}
			slices.Sort(bare)
			slices.Sort(check)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(check[len(check)/2], "ns/check")
			b.ReportMetric(bare[len(bare)/2], "ns/bare")
			b.ReportMetric(check[len(check)/2]/bare[len(bare)/2], "ratio")
		})
	}
}

// batch gives the nanoseconds of one call of f, from ten.
func batch(f func() bool) float64 {
	begin := time.Now()
	for range 10 {
		if !f() {
			panic("a good token was refused")
		}
	}
	return float64(time.Since(begin).Nanoseconds()) / 10
}

// BenchmarkRemembered measures the check of a token that was verified before. Target: below 2 µs.
func BenchmarkRemembered(b *testing.B) {
	for _, row := range algorithms() {
		b.Run(row.name, func(b *testing.B) {
			a := newAuthenticator(b, newIssuer())
			r := request(row.token)
			if _, err := a.Authenticate(r); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			var check []float64
			for b.Loop() {
				check = append(check, batch(func() bool { _, err := a.Authenticate(r); return err == nil }))
			}
			slices.Sort(check)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(check[len(check)/2], "ns/check")
		})
	}
}

// BenchmarkRefused measures what a bad token costs us: none at all, a forged one, an unknown key while the issuer was just asked.
func BenchmarkRefused(b *testing.B) {
	now := time.Now()
	good := signES(goodHeader("ES256", "es"), usualClaims(now))
	for _, row := range []struct{ name, token string }{
		{"no token", ""},
		{"unknown key", signES(goodHeader("ES256", "unknown"), usualClaims(now))},
		{"forged", good[:strings.LastIndex(good, ".")+1] + b64.EncodeToString(make([]byte, 64))},
		{"expired", signES(goodHeader("ES256", "es"), usualClaims(now).set("exp", "1"))},
	} {
		b.Run(row.name, func(b *testing.B) {
			a := newAuthenticator(b, newIssuer())
			r := request(row.token)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.Authenticate(r); err == nil || refusal(b, err).Status != http.StatusUnauthorized {
					b.Fatal(err)
				}
			}
		})
	}
}
