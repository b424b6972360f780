package auth_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	josejwt "github.com/go-jose/go-jose/v4/jwt"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

// libraries verify as their documentation says, each with every check that it offers. go-oidc is the oracle: it shares no code
// with the check but the cryptography of the standard library.
func libraries(now time.Time) map[string]func(token string) error {
	issuer := newIssuer()
	issuer.keys[2].Algorithm = "EdDSA" // go-oidc does not know the newer name
	ctx := oidc.ClientContext(context.Background(), &http.Client{Transport: issuer})
	verifier := oidc.NewVerifier(issuerURL, oidc.NewRemoteKeySet(ctx, issuerURL+"/jwks"), &oidc.Config{
		ClientID: audience, SupportedSigningAlgs: []string{oidc.RS256, oidc.ES256, oidc.EdDSA}, Now: func() time.Time { return now },
	})
	keys := jose.JSONWebKeySet{Keys: issuer.keys}
	parser := jwt.NewParser(jwt.WithTimeFunc(func() time.Time { return now }), jwt.WithLeeway(30*time.Second), jwt.WithIssuer(issuerURL), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding(), jwt.WithValidMethods([]string{"RS256", "ES256", "EdDSA"}))
	return map[string]func(token string) error{
		"go-oidc": func(token string) error {
			_, err := verifier.Verify(ctx, token)
			return err
		},
		"golang-jwt": func(token string) error {
			_, err := parser.Parse(token, func(t *jwt.Token) (any, error) {
				kid, _ := t.Header["kid"].(string)
				for _, key := range keys.Key(kid) {
					return key.Key, nil
				}
				return nil, errors.New("unknown key")
			})
			return err
		},
		"go-jose": func(token string) error {
			parsed, err := josejwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA})
			if err != nil {
				return err
			}
			var claims josejwt.Claims
			if err := parsed.Claims(keys, &claims); err != nil {
				return err
			}
			return claims.ValidateWithLeeway(josejwt.Expected{Issuer: issuerURL, AnyAudience: josejwt.Audience{audience}, Time: now}, 30*time.Second)
		},
	}
}

// Whatever is accepted here, go-oidc accepts too, but for two rows in which it is the stricter one. Which of the bad tokens a
// library accepts on its own is written down in testdata/accepted-by-libraries.txt: why none of them is enough.
func TestAgainstLibraries(t *testing.T) {
	now := time.Now()
	verify := libraries(now)
	for _, row := range goodTokens(now) {
		err := verify["go-oidc"](row.token)
		stricter := row.name == "expired 29 s ago" || row.name == "EdDSA by its new name"
		if (err != nil) != stricter {
			t.Errorf("%s: go-oidc says %v", row.name, err)
		}
	}
	names := slices.Sorted(maps.Keys(verify))
	count := map[string]int{}
	var lines []string
	for _, row := range badTokens(now) {
		var by []string
		for _, name := range names {
			if verify[name](row.token) == nil {
				by = append(by, name)
				count[name]++
			}
		}
		if by != nil {
			lines = append(lines, strings.ToValidUTF8(row.name, "?")+": "+strings.Join(by, ", "))
		}
	}
	slices.Sort(lines)
	for _, name := range names {
		lines = append(lines, fmt.Sprintf("in all: %s %d", name, count[name]))
	}
	golden(t, "testdata/accepted-by-libraries.txt", strings.Join(lines, "\n")+"\n")
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") == "1" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; UPDATE_GOLDEN=1 writes it):\n%s", path, diff)
	}
}
