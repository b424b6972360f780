package auth_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/server/auth"
)

// How a token may be sent, and what is answered where it is not.
func TestHowATokenIsSent(t *testing.T) {
	const metadata = `resource_metadata="http://example.com/.well-known/oauth-protected-resource"`
	const token = "abc.def.ghi"
	invalid := `Bearer error="invalid_token", error_description="the access token is not valid", ` + metadata
	several := `Bearer error="invalid_request", error_description="more than one Authorization header", ` + metadata
	query := `Bearer error="invalid_request", error_description="an access token in the query is refused", ` + metadata
	none := "Bearer " + metadata
	for _, row := range []struct {
		name, target string
		headers      []string
		challenge    string // empty: well-formed
	}{
		{"no header", "/", nil, none},
		{"a token", "/", []string{"Bearer " + token}, ""},
		{"scheme in lower case", "/", []string{"bearer " + token}, ""},
		{"scheme in upper case", "/", []string{"BEARER " + token}, ""},
		{"more spaces", "/", []string{"Bearer   " + token + "  "}, ""},
		{"an opaque token", "/", []string{"Bearer mF_9.B5f-4.1JqM~/+=="}, ""},
		{"another query", "/?a=access_token&token=1", []string{"Bearer " + token}, ""},
		{"basic", "/", []string{"Basic b3duZXI6"}, none},
		{"scheme alone", "/", []string{"Bearer"}, none},
		{"scheme and space", "/", []string{"Bearer  "}, none},
		{"empty header", "/", []string{""}, none},
		{"no space after the scheme", "/", []string{"Bearer" + token}, none},
		{"a tab after the scheme", "/", []string{"Bearer\t" + token}, none},
		{"another scheme", "/", []string{"DPoP " + token}, none},
		{"two tokens", "/", []string{"Bearer " + token + " " + token}, invalid},
		{"tokens with a comma", "/", []string{"Bearer " + token + "," + token}, invalid},
		{"quoted", "/", []string{`Bearer "` + token + `"`}, invalid},
		{"not ASCII", "/", []string{"Bearer abc\u00e9"}, invalid},
		{"padding alone", "/", []string{"Bearer =="}, invalid},
		{"padding inside", "/", []string{"Bearer a=b"}, invalid},
		{"just short enough", "/", []string{"Bearer " + strings.Repeat("a", 16<<10)}, ""},
		{"too long", "/", []string{"Bearer " + strings.Repeat("a", 16<<10+1)}, invalid},
		{"two headers", "/", []string{"Bearer " + token, "Bearer " + token}, several},
		{"two headers, one basic", "/", []string{"Basic eA==", "Bearer " + token}, several},
		{"in the query", "/?access_token=" + token, nil, query},
		{"in the query as well", "/?a=1&access_token=" + token, []string{"Bearer " + token}, query},
		{"in the query, escaped", "/?access%5ftoken=" + token, []string{"Bearer " + token}, query},
		{"in the query, other case", "/?Access_Token=" + token, []string{"Bearer " + token}, query},
		{"in the query, after a semicolon", "/?a=1;access_token=" + token, []string{"Bearer " + token}, query},
		{"in the query, empty", "/?access_token", []string{"Bearer " + token}, query},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPut, row.target, nil)
			if row.headers != nil {
				r.Header["Authorization"] = row.headers
			}
			err := auth.WellFormed(r)
			if row.challenge == "" {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			got := refusal(t, err)
			if diff := cmp.Diff(row.challenge, got.Challenge); diff != "" || got.Status != http.StatusUnauthorized {
				t.Errorf("status %d, challenge (-want +got):\n%s", got.Status, diff)
			}
			a := newAuthenticator(t, newIssuer(), func(c *auth.Config) { c.Audience = "cde" })
			if _, err := a.Authenticate(r); refusal(t, err).Challenge != got.Challenge {
				t.Errorf("Authenticate answers otherwise: %q", refusal(t, err).Challenge)
			}
		})
	}
}
