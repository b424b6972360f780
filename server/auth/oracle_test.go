package auth_test

import (
	"context"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"
)

// oracle verifies with go-oidc, which shares no code with the check but the cryptography of the standard library.
func oracle(now time.Time) func(token string) error {
	issuer := newIssuer()
	issuer.keys[2].Algorithm = "EdDSA" // go-oidc does not know the newer name
	ctx := oidc.ClientContext(context.Background(), &http.Client{Transport: issuer})
	keys := oidc.NewRemoteKeySet(ctx, issuerURL+"/jwks")
	verifier := oidc.NewVerifier(issuerURL, keys, &oidc.Config{
		ClientID: audience, SupportedSigningAlgs: []string{oidc.RS256, oidc.ES256, oidc.EdDSA}, Now: func() time.Time { return now },
	})
	return func(token string) error {
		_, err := verifier.Verify(ctx, token)
		return err
	}
}

// Whatever is accepted here, go-oidc accepts too, but for two rows in which it is the stricter one. What go-oidc accepts and this
// package refuses is written down in testdata/only-go-oidc-accepts.txt: the reasons why it alone is not enough.
func TestAgainstGoOIDC(t *testing.T) {
	now := time.Now()
	verify := oracle(now)
	for _, row := range goodTokens(now) {
		err := verify(row.token)
		stricter := row.name == "expired 29 s ago" || row.name == "EdDSA by its new name"
		if (err != nil) != stricter {
			t.Errorf("%s: go-oidc says %v", row.name, err)
		}
	}
	var only []string
	for _, row := range badTokens(now) {
		if verify(row.token) == nil {
			only = append(only, strings.ToValidUTF8(row.name, "?"))
		}
	}
	slices.Sort(only)
	golden(t, "testdata/only-go-oidc-accepts.txt", strings.Join(only, "\n")+"\n")
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
