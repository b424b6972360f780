package auth_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/server/auth"
)

// Who may act: the claims that name the caller, make an admin, and hold the scope that is asked of everybody.
func TestWhoMayAct(t *testing.T) {
	now := time.Now()
	claims := goodClaims(now)
	custom := func(c *auth.Config) { c.AdminClaim, c.AdminValue = "https://x.example/groups", "root" }
	scoped := func(c *auth.Config) { c.RequiredScope = "cde" }
	for _, row := range []struct {
		name   string
		change func(*auth.Config)
		claims object
		want   auth.Caller // Subject empty: refused with 403
	}{
		{"anybody", nil, claims, auth.Caller{Subject: subject}},
		{"an admin", nil, claims.add("roles", `"cde-admin"`), auth.Caller{Subject: subject, Admin: true}},
		{"an admin among other roles", nil, claims.add("roles", `["a","cde-admin"]`), auth.Caller{Subject: subject, Admin: true}},
		{"a longer role", nil, claims.add("roles", `["cde-admins"]`), auth.Caller{Subject: subject}},
		{"two roles in one text", nil, claims.add("roles", `"a cde-admin"`), auth.Caller{Subject: subject}},
		{"another case", nil, claims.add("roles", `["CDE-Admin"]`), auth.Caller{Subject: subject}},
		{"roles of another type", nil, claims.add("roles", `{"cde-admin":true}`), auth.Caller{Subject: subject}},
		{"roles with a number", nil, claims.add("roles", `["cde-admin",1]`), auth.Caller{Subject: subject}},
		{"another claim", custom, claims.add("https://x.example/groups", `["root"]`), auth.Caller{Subject: subject, Admin: true}},
		{"the default claim, not asked for", custom, claims.add("roles", `["cde-admin","root"]`), auth.Caller{Subject: subject}},
		{"another subject claim", func(c *auth.Config) { c.SubjectClaim = "email" }, claims.add("email", `"o@x.example"`), auth.Caller{Subject: "o@x.example"}},
		{"the scope", scoped, claims.add("scope", `"read cde"`), auth.Caller{Subject: subject, Scopes: []string{"read", "cde"}}},
		{"the scope in a list", scoped, claims.add("scope", `["read","cde"]`), auth.Caller{Subject: subject, Scopes: []string{"read", "cde"}}},
		{"no scope", scoped, claims, auth.Caller{}},
		{"another scope", scoped, claims.add("scope", `"cde2 CDE xcde"`), auth.Caller{}},
		{"no scope, for an admin", scoped, claims.add("roles", `"cde-admin"`), auth.Caller{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			change := row.change
			if change == nil {
				change = func(*auth.Config) {}
			}
			a := newAuthenticator(t, newIssuer(), change)
			for range 2 {
				got, err := a.Authenticate(request(signES(goodHeader("ES256", "es"), row.claims)))
				if row.want.Subject == "" {
					e := refusal(t, err)
					want := `Bearer error="insufficient_scope", error_description="the required scope is missing", scope="cde", resource_metadata="https://cde.example/.well-known/oauth-protected-resource"`
					if e.Status != http.StatusForbidden || e.Challenge != want || e.Message != auth.MessageForbidden || e.Subject != subject {
						t.Errorf("got %+v", e)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if got.Expires.Unix() != now.Add(5*time.Minute).Unix() || got.ClientID != "cde" {
					t.Errorf("expires %v, client %q", got.Expires, got.ClientID)
				}
				got.Expires, got.ClientID = time.Time{}, ""
				if diff := cmp.Diff(row.want, got); diff != "" {
					t.Errorf("caller (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// Through the middleware: the documented bodies, the caller for the handler, and one line in the log that never holds a token.
func TestMiddleware(t *testing.T) {
	var log bytes.Buffer
	a := newAuthenticator(t, newIssuer(), func(c *auth.Config) {
		c.Logger = slog.New(slog.NewJSONHandler(&log, nil))
		c.RequiredScope = "cde"
	})
	handler := a.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, ok := auth.CallerFrom(r.Context())
		if !ok {
			t.Error("no caller for the handler")
		}
		_, _ = io.WriteString(w, caller.Subject)
	}))
	scoped := goodClaims(time.Now()).add("scope", `"cde"`)
	secretPart := func(token string) string { return token[strings.LastIndex(token, ".")+1:] }
	good, expired := signES(goodHeader("ES256", "es"), scoped), signES(goodHeader("ES256", "es"), scoped.set("exp", "1"))
	unscoped := signES(goodHeader("ES256", "es"), goodClaims(time.Now()))
	for _, row := range []struct {
		name, token, query string
		status             int
		body               string
		decision           map[string]any
	}{
		{"good", good, "", 200, subject, map[string]any{"granted": true, "subject": subject, "reason": "valid token", "client": "cde"}},
		{"none", "", "", 401, `{"message":"You have to be authorized to access this resource."}` + "\n", map[string]any{"granted": false, "reason": "no bearer token"}},
		{"expired", expired, "", 401, `{"message":"You have to be authorized to access this resource."}` + "\n",
			map[string]any{"granted": false, "reason": "the token has expired", "cause": "token is expired"}},
		{"unscoped", unscoped, "", 403, `{"message":"Access denied for user."}` + "\n",
			map[string]any{"granted": false, "reason": "the required scope is missing", "subject": subject}},
		{"in the query", "", "?access_token=" + good, 401, `{"message":"You have to be authorized to access this resource."}` + "\n",
			map[string]any{"granted": false, "reason": "an access token in the query is refused"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			log.Reset()
			r := httptest.NewRequest(http.MethodPut, "/connectors"+row.query, nil)
			if row.token != "" {
				r.Header.Set("Authorization", "Bearer "+row.token)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != row.status || w.Body.String() != row.body {
				t.Errorf("got %d %q", w.Code, w.Body)
			}
			if (w.Header().Get("WWW-Authenticate") == "") != (row.status == 200) {
				t.Errorf("challenge %q", w.Header().Get("WWW-Authenticate"))
			}
			lines := strings.Split(strings.TrimSpace(log.String()), "\n")
			var line struct {
				Path     string
				Decision map[string]any
			}
			for _, text := range lines {
				if strings.Contains(text, `"authorisation"`) {
					if err := json.Unmarshal([]byte(text), &line); err != nil {
						t.Fatal(err)
					}
				}
			}
			if diff := cmp.Diff(row.decision, line.Decision); diff != "" || line.Path != "/connectors" {
				t.Errorf("path %q, decision (-want +got):\n%s", line.Path, diff)
			}
			for _, token := range []string{good, expired, unscoped} {
				if strings.Contains(log.String(), secretPart(token)) {
					t.Errorf("the log holds a token: %s", &log)
				}
			}
		})
	}
}

func TestIssuerDownThroughMiddleware(t *testing.T) {
	issuer := newIssuer()
	issuer.down = true
	a := newAuthenticator(t, issuer)
	w := httptest.NewRecorder()
	a.Middleware(http.NotFoundHandler()).ServeHTTP(w, request(freshToken()))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || w.Header().Get("WWW-Authenticate") != "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if got := w.Body.String(); got != `{"message":"Tokens cannot be checked at the moment."}`+"\n" {
		t.Errorf("body %q", got)
	}
}

func TestEndpointsAreTheIssuers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := newIssuer()
		issuer.down, issuer.delay = true, time.Millisecond
		a := newAuthenticator(t, issuer)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if _, _, err := a.Endpoints(t.Context()); err == nil {
					t.Error("no error while the issuer is down")
				}
			})
		}
		wg.Wait()
		if issuer.asked != 1 {
			t.Errorf("the issuer was asked %d times within a second, want once", issuer.asked)
		}
		issuer.change(func(i *fakeIssuer) {
			i.down = false
			i.metadata["authorization_endpoint"], i.metadata["token_endpoint"] = issuerURL+"/authorize", issuerURL+"/token"
		})
		time.Sleep(time.Second)
		for range 3 {
			authorization, token, err := a.Endpoints(t.Context())
			if err != nil || authorization != issuerURL+"/authorize" || token != issuerURL+"/token" {
				t.Errorf("endpoints %q and %q, error %v", authorization, token, err)
			}
		}
		if issuer.asked != 2 {
			t.Errorf("the issuer was asked %d times, want twice", issuer.asked)
		}
	})
}

// A page must not send people to an address that anybody on the way can answer for, or that is a script.
func TestEndpointsMustBeTrustworthy(t *testing.T) {
	for _, endpoint := range []string{"http://issuer.example/authorize", "javascript:alert(1)", "/authorize"} {
		issuer := newIssuer()
		issuer.metadata["authorization_endpoint"] = endpoint
		if authorization, _, err := newAuthenticator(t, issuer).Endpoints(t.Context()); err == nil {
			t.Errorf("%q was given", authorization)
		}
	}
}

func TestMetadata(t *testing.T) {
	for _, row := range []struct {
		name, audience, base, scope string
		resource                    string
		challenge                   string
	}{
		{"audience is a URL", "https://cde.example/api", "", "cde", "https://cde.example/api", "https://cde.example/.well-known/oauth-protected-resource"},
		{"audience is a URL elsewhere", "https://cde.example", "https://gateway.example", "", "https://cde.example", "https://gateway.example/.well-known/oauth-protected-resource"},
		{"audience is a name", "cde", "https://cde.example", "", "https://cde.example", "https://cde.example/.well-known/oauth-protected-resource"},
		{"nothing but the request", "cde", "", "", "http://127.0.0.1:8080", "http://127.0.0.1:8080/.well-known/oauth-protected-resource"},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := newAuthenticator(t, newIssuer(), func(c *auth.Config) { c.Audience, c.BaseURL, c.RequiredScope = row.audience, row.base, row.scope })
			r := httptest.NewRequest(http.MethodGet, auth.MetadataPath, nil)
			r.Host = "127.0.0.1:8080"
			w := httptest.NewRecorder()
			a.Metadata().ServeHTTP(w, r)
			want := map[string]any{"resource": row.resource, "authorization_servers": []any{issuerURL}, "bearer_methods_supported": []any{"header"}}
			if row.scope != "" {
				want["scopes_supported"] = []any{row.scope}
			}
			var got map[string]any
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("metadata (-want +got):\n%s", diff)
			}
			if w.Header().Get("Access-Control-Allow-Origin") != "*" {
				t.Error("a browser cannot read the metadata")
			}
			_, err := a.Authenticate(r)
			if got, want := refusal(t, err).Challenge, `Bearer resource_metadata="`+row.challenge+`"`; got != want {
				t.Errorf("challenge %s, want %s", got, want)
			}
		})
	}
	w := httptest.NewRecorder()
	newAuthenticator(t, newIssuer()).Metadata().ServeHTTP(w, httptest.NewRequest(http.MethodPost, auth.MetadataPath, nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

func TestConfiguration(t *testing.T) {
	good := auth.Config{Issuer: issuerURL, Audience: audience}
	for name, change := range map[string]func(*auth.Config){
		"no issuer":               func(c *auth.Config) { c.Issuer = "" },
		"no audience":             func(c *auth.Config) { c.Audience = "" },
		"plain http":              func(c *auth.Config) { c.Issuer = "http://issuer.example" },
		"plain http, like a loop": func(c *auth.Config) { c.Issuer = "http://127.0.0.1.example" },
		"no scheme":               func(c *auth.Config) { c.Issuer = "issuer.example" },
		"a query":                 func(c *auth.Config) { c.Issuer = "https://issuer.example?x=1" },
		"a fragment":              func(c *auth.Config) { c.Issuer = "https://issuer.example#x" },
		"a password":              func(c *auth.Config) { c.Issuer = "https://me:secret@issuer.example" },
		"base URL":                func(c *auth.Config) { c.BaseURL = "cde.example" },
		"a blank type":            func(c *auth.Config) { c.TokenTypes = []string{"JWT", " "} },
		"two scopes":              func(c *auth.Config) { c.RequiredScope = "a b" },
		"keys too young":          func(c *auth.Config) { c.MaxAge = time.Second },
		"keys too old":            func(c *auth.Config) { c.MaxStale = time.Minute },
		"introspection by nobody": func(c *auth.Config) { c.Introspection = &auth.Introspection{} },
		"introspection in clear": func(c *auth.Config) {
			c.Introspection = &auth.Introspection{ClientID: "x", Endpoint: "http://issuer.example/introspect"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			config := good
			change(&config)
			if _, err := auth.New(config); err == nil {
				t.Error("accepted")
			} else if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error holds a password: %v", err)
			}
		})
	}
	for _, issuer := range []string{issuerURL, "http://127.0.0.1:8080/idp", "http://[::1]:80", "http://localhost/idp"} {
		good.Issuer = issuer
		if _, err := auth.New(good); err != nil {
			t.Errorf("%s: %v", issuer, err)
		}
	}
}

// An answer that sends us elsewhere is not followed: the keys would be somebody else's.
func TestRedirectsOfTheIssuerAreNotFollowed(t *testing.T) {
	asked := 0
	transport := transportFunc(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		if asked++; r.URL.Host != "issuer.example" {
			t.Errorf("asked %s", r.URL)
		}
		http.Redirect(w, r, "https://evil.example"+r.URL.Path, http.StatusFound)
		return w.Result(), nil
	})
	a := newAuthenticator(t, transport)
	refused(t, a, freshToken(), http.StatusServiceUnavailable)
	if asked == 0 {
		t.Error("nobody asked the issuer")
	}
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
