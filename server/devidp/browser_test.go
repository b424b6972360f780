package devidp_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/productsupcom/cde/server/devidp"
)

// Scripts of pages on this machine may call what they need; others may not, and nobody may post the sign-in form but the page.
func TestBrowsers(t *testing.T) {
	_, issuer := start(t)
	do := func(method, path string, header ...string) *http.Response {
		r, err := http.NewRequestWithContext(context.Background(), method, issuer+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		response, err := noRedirects.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response
	}
	for _, path := range []string{"/token", "/jwks", "/.well-known/openid-configuration", "/device_authorization", "/revoke"} {
		preflight := do(http.MethodOptions, path, "Origin", "http://localhost:3000", "Access-Control-Request-Method", "POST")
		if preflight.StatusCode != http.StatusNoContent || preflight.Header.Get("Access-Control-Allow-Origin") != "http://localhost:3000" ||
			!strings.Contains(preflight.Header.Get("Access-Control-Allow-Headers"), "Authorization") {
			t.Errorf("%s: preflight %d %v", path, preflight.StatusCode, preflight.Header)
		}
		for _, origin := range []string{"https://evil.example", "http://127.0.0.1.evil.example", "null"} {
			if got := do(http.MethodOptions, path, "Origin", origin).Header.Get("Access-Control-Allow-Origin"); got != "" {
				t.Errorf("%s: %s is allowed", path, origin)
			}
		}
	}
	if got := do(http.MethodGet, "/token"); got.StatusCode != http.StatusMethodNotAllowed || got.Header.Get("Allow") != "POST, OPTIONS" {
		t.Errorf("GET /token: %d %v", got.StatusCode, got.Header)
	}
	for _, path := range []string{"/sign-in", "/device"} {
		if got := do(http.MethodPost, path, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"); got.StatusCode != http.StatusForbidden {
			t.Errorf("%s from elsewhere: %d", path, got.StatusCode)
		}
	}
	page := do(http.MethodGet, "/device")
	policy := page.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "form-action") {
		t.Errorf("policy %q", policy)
	}
	if page.Header.Get("Cross-Origin-Opener-Policy") != "" {
		t.Error("the page that opened the sign-in cannot be told")
	}
	if got := do(http.MethodGet, "/style.css"); got.StatusCode != http.StatusOK || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/css") {
		t.Errorf("style: %d %v", got.StatusCode, got.Header)
	}
}

// What a client or a person sends stands on the page as text.
func TestPageEscapes(t *testing.T) {
	_, issuer := start(t)
	const hostile = `"><script>alert(1)</script>`
	response, err := http.Get(issuer + "/authorize?" + url.Values{
		"client_id": {"cde"}, "redirect_uri": {"http://127.0.0.1:1/" + hostile}, "response_type": {"code"}, "state": {hostile}, "login_hint": {hostile},
		"code_challenge": {oauth2.S256ChallengeFromVerifier("x")}, "code_challenge_method": {"S256"},
	}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || strings.Contains(string(body), "<script") {
		t.Errorf("%d %v\n%s", response.StatusCode, err, body)
	}
}

// Who comes without an application sees who there is, and where to go on.
func TestIndex(t *testing.T) {
	_, issuer := start(t)
	for _, path := range []string{"", "/"} {
		response, err := http.Get(issuer + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%q: %d %v", path, response.StatusCode, err)
		}
		for _, persona := range devidp.Personas() {
			if !strings.Contains(string(body), persona.Subject) {
				t.Errorf("%q: %s is missing", path, persona.Name)
			}
		}
		for _, link := range regexp.MustCompile(`<a href="([^"]*)"`).FindAllStringSubmatch(string(body), -1) {
			if target, err := http.Get(strings.TrimSuffix(issuer, "/idp") + link[1]); err != nil || target.StatusCode != http.StatusOK {
				t.Errorf("link %s: %v", link[1], err)
			} else {
				_ = target.Body.Close()
			}
		}
	}
}
