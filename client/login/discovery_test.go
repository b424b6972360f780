package login_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/client/login"
)

// documents serves JSON by path; {} in it stands for the server's address.
func documents(t *testing.T, byPath map[string]string) string {
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := byPath[r.URL.Path]
		switch {
		case !ok:
			http.NotFound(w, r)
		case text == "down":
			http.Error(w, "down", http.StatusServiceUnavailable)
		case strings.HasPrefix(text, "to "):
			http.Redirect(w, r, strings.TrimPrefix(text, "to "), http.StatusFound)
		default:
			_, _ = w.Write([]byte(strings.ReplaceAll(text, "{}", server.URL)))
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

const (
	oidc    = "/.well-known/openid-configuration"
	rfc8414 = "/.well-known/oauth-authorization-server"
	rfc9728 = "/.well-known/oauth-protected-resource"
)

func TestDiscover(t *testing.T) {
	good := func(issuer string) string {
		return `{"issuer":"` + issuer + `","authorization_endpoint":"{}/a","token_endpoint":"{}/t"}`
	}
	rows := map[string]struct {
		documents map[string]string
		path      string // of the issuer
		refused   string // "" if it is found
		is        error
	}{
		"OpenID Connect":        {map[string]string{oidc: good("{}")}, "", "", nil},
		"below a path":          {map[string]string{"/idp" + oidc: good("{}/idp")}, "/idp", "", nil},
		"RFC 8414":              {map[string]string{rfc8414: good("{}")}, "", "", nil},
		"RFC 8414 below a path": {map[string]string{rfc8414 + "/idp": good("{}/idp")}, "/idp", "", nil},
		"with a slash":          {map[string]string{"/idp" + oidc: good("{}/idp/")}, "/idp/", "", nil},
		"another name":          {map[string]string{oidc: good("https://evil.example")}, "", "calls itself", nil},
		"a name with a slash":   {map[string]string{oidc: good("{}/")}, "", "calls itself", nil},
		"no token endpoint":     {map[string]string{oidc: `{"issuer":"{}"}`}, "", "no token endpoint", nil},
		"plain http":            {map[string]string{oidc: `{"issuer":"{}","token_endpoint":"http://id.example/t"}`}, "", "https is required", nil},
		"plain http for devices": {map[string]string{oidc: `{"issuer":"{}","token_endpoint":"{}/t","device_authorization_endpoint":"http://id.example/d"}`},
			"", "https is required", nil},
		"no S256":       {map[string]string{oidc: `{"issuer":"{}","token_endpoint":"{}/t","code_challenge_methods_supported":["plain"]}`}, "", "S256", nil},
		"not there":     {nil, "", "answered 404", nil},
		"down":          {map[string]string{oidc: "down", rfc8414: "down"}, "", "answered 503", login.ErrUnavailable},
		"a redirect":    {map[string]string{oidc: "to /other", "/other": good("{}")}, "", "answered 302", nil},
		"not JSON":      {map[string]string{oidc: "<html>"}, "", "not JSON", nil},
		"without limit": {map[string]string{oidc: `{"issuer":"` + strings.Repeat("x", 2<<20) + `"}`}, "", "not JSON", nil},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			server := documents(t, row.documents)
			got, err := login.Discover(t.Context(), nil, server+row.path)
			if row.refused != "" {
				if err == nil || !strings.Contains(err.Error(), row.refused) || row.is != nil && !errors.Is(err, row.is) {
					t.Errorf("error %v, want %q", err, row.refused)
				}
				return
			}
			want := login.Issuer{Name: server + row.path, Authorization: server + "/a", Token: server + "/t"}
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
	for _, address := range []string{"http://id.example", "ftp://127.0.0.1", "id.example", "", "https://me@id.example", "https://id.example/#x", "http://127.0.0.1:1/?x"} {
		if _, err := login.Discover(t.Context(), nil, address); err == nil {
			t.Errorf("issuer %q was accepted", address)
		}
	}
}

func TestFindIssuer(t *testing.T) {
	rows := map[string]struct {
		path, document string
		base, refused  string
	}{
		"at the root":    {rfc9728, `{"resource":"{}","authorization_servers":["https://id.example"],"scopes_supported":["cde"]}`, "", ""},
		"with a slash":   {rfc9728, `{"resource":"{}/","authorization_servers":["https://id.example"],"scopes_supported":["cde"]}`, "/", ""},
		"below a path":   {rfc9728 + "/api", `{"resource":"{}/api","authorization_servers":["https://id.example"],"scopes_supported":["cde"]}`, "/api", ""},
		"of another API": {rfc9728, `{"resource":"https://cde.example","authorization_servers":["https://id.example"]}`, "", "another API"},
		"no issuer":      {rfc9728, `{"resource":"{}"}`, "", "no issuer"},
		"not there":      {"/other", `{}`, "", "404"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			base := documents(t, map[string]string{row.path: row.document}) + row.base
			got, err := login.FindIssuer(t.Context(), nil, base)
			if row.refused != "" {
				if err == nil || !strings.Contains(err.Error(), row.refused) {
					t.Errorf("error %v, want %q", err, row.refused)
				}
				return
			}
			want := login.Resource{Identifier: base, Issuers: []string{"https://id.example"}, Scopes: []string{"cde"}}
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

func TestChooseScopes(t *testing.T) {
	rows := []struct{ api, issuer, want []string }{
		{nil, nil, nil},
		{[]string{"cde"}, []string{"cde", "openid", "offline_access", "email"}, []string{"cde", "openid", "offline_access"}},
		{[]string{"cde", "openid"}, []string{"openid"}, []string{"cde", "openid"}},
	}
	for _, row := range rows {
		if diff := cmp.Diff(row.want, login.ChooseScopes(login.Resource{Scopes: row.api}, login.Issuer{Scopes: row.issuer})); diff != "" {
			t.Errorf("%v of %v: %s", row.api, row.issuer, diff)
		}
	}
}
