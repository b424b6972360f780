package console_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/productsupcom/cde/gen/typescript"
	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/server/console"
)

func signIn(context.Context) (authorization, token string, err error) {
	return "https://id.example/authorize", "https://token.example:8443/token", nil
}

// page is a console with everything on it, mounted as a server would.
func page(t *testing.T, change func(*console.Config)) http.Handler {
	t.Helper()
	config := console.Config{
		Contract: openapi.YAML, TypeScript: typescript.Operations, Types: typescript.Types, Parity: openapi.Parity, Changelog: []byte("# Changelog\n"),
		SDKURL: "https://sdk.example/", SignIn: console.SignIn{ClientID: "cde", Scopes: []string{"openid", "cde"}, Endpoints: signIn},
		Logger: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&config)
	}
	handler, err := console.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return http.StripPrefix("/docs", handler)
}

func get(t *testing.T, handler http.Handler, method, path string, header http.Header) (*http.Response, string) {
	t.Helper()
	request := httptest.NewRequest(method, path, nil)
	request.Header = header
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder.Result(), recorder.Body.String()
}

func TestPaths(t *testing.T) {
	handler := page(t, nil)
	for _, test := range []struct {
		method, path string
		status       int
		contentType  string
	}{
		{"GET", "/docs/", 200, "text/html; charset=utf-8"},
		{"HEAD", "/docs/", 200, "text/html; charset=utf-8"},
		{"GET", "/docs/?code=1", 200, "text/html; charset=utf-8"},
		{"GET", "/docs/contract.yaml", 200, "application/yaml"},
		{"GET", "/docs/parity", 200, "text/html; charset=utf-8"},
		{"GET", "/docs/changelog", 200, "text/html; charset=utf-8"},
		{"GET", "/docs/oauth2-redirect.html?code=1", 200, "text/html; charset=utf-8"},
		{"GET", "/docs/oauth2-redirect.js", 200, "text/javascript; charset=utf-8"},
		{"GET", "/docs/swagger-ui-bundle.js", 200, "text/javascript; charset=utf-8"},
		{"GET", "/docs/swagger-ui.css", 200, "text/css; charset=utf-8"},
		{"GET", "/docs/cde.d.ts", 200, "text/plain; charset=utf-8"},
		{"GET", "/docs/LICENSE", 200, "text/plain; charset=utf-8"},
		{"GET", "/docs/icon.svg", 200, "image/svg+xml"},
		{"GET", "/docs/package.json", 404, "application/json"},
		{"GET", "/docs/page.html", 404, "application/json"},
		{"GET", "/docs/../openapi.go", 404, "application/json"},
		{"GET", "/docs//", 404, "application/json"},
		{"POST", "/docs/", 405, "application/json"},
	} {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			response, body := get(t, handler, test.method, test.path, nil)
			if response.StatusCode != test.status || response.Header.Get("Content-Type") != test.contentType {
				t.Errorf("answered %d %s, want %d %s", response.StatusCode, response.Header.Get("Content-Type"), test.status, test.contentType)
			}
			if (test.method == "HEAD") != (body == "") {
				t.Errorf("body of %d bytes", len(body))
			}
			if got := response.Header.Get("Allow"); (test.status == 405) != (got == "GET, HEAD") {
				t.Errorf("Allow %q", got)
			}
			if got := response.Header.Get("X-Content-Type-Options"); got != "nosniff" {
				t.Errorf("X-Content-Type-Options %q", got)
			}
		})
	}
}

func TestPathWithoutItsSlashIsRedirectedWhereverItIsMounted(t *testing.T) {
	plain, err := console.New(console.Config{Contract: openapi.YAML})
	if err != nil {
		t.Fatal(err)
	}
	response, _ := get(t, http.StripPrefix("/api/docs", plain), "GET", "/api/docs?x=1", nil)
	if location := response.Header.Get("Location"); response.StatusCode != 308 || location != "docs/" {
		t.Errorf("answered %d to %q, want 308 to docs/", response.StatusCode, location)
	}
}

// TestPageRunsNothingInline holds the page against its own policy: no inline script, handler or style.
func TestPageRunsNothingInline(t *testing.T) {
	handler := page(t, nil)
	inline := regexp.MustCompile(`(?i)<script(?:[^>]*)>[^<]|<style|\sstyle=|\son[a-z]+=|javascript:`)
	for _, path := range []string{"/docs/", "/docs/parity", "/docs/changelog", "/docs/oauth2-redirect.html"} {
		response, body := get(t, handler, "GET", path, nil)
		policy := response.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: policy %q lacks %q", path, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if found := inline.FindString(body); found != "" {
			t.Errorf("%s: %q is inline", path, found)
		}
		if addresses := regexp.MustCompile(`(?:src|href)="(https?:[^"]*)"`).FindAllStringSubmatch(body, -1); path == "/docs/" &&
			(len(addresses) != 1 || addresses[0][1] != "https://sdk.example/") {
			t.Errorf("foreign addresses %q, want the SDK's only", addresses)
		}
	}
}

func TestPageMayCallTheServersAndTheTokenEndpointOnly(t *testing.T) {
	response, _ := get(t, page(t, nil), "GET", "/docs/", nil)
	want := "connect-src 'self' https://cde.staging.productsup.com https://cde.productsup.com https://token.example:8443;"
	if policy := response.Header.Get("Content-Security-Policy"); !strings.Contains(policy, want) {
		t.Errorf("policy %q, want %q in it", policy, want)
	}
}

// TestContractDiffersOnlyWhereThisServerDoes undoes what the page's contract says of this server, and
// expects the contract.
func TestContractDiffersOnlyWhereThisServerDoes(t *testing.T) {
	_, body := get(t, page(t, nil), "GET", "/docs/contract.yaml", nil)
	got, want := decode(t, body), decode(t, string(openapi.YAML))

	servers := got["servers"].([]any)
	if diff := cmp.Diff(map[string]any{"url": "/", "description": "This server"}, servers[0]); diff != "" {
		t.Error(diff)
	}
	got["servers"] = servers[1:]

	scheme := at(got, "components", "securitySchemes", "oAuth2AuthCode")
	flow := at(scheme, "flows", "authorizationCode")
	if diff := cmp.Diff(map[string]any{"authorizationUrl": "https://id.example/authorize", "tokenUrl": "https://token.example:8443/token",
		"refreshUrl": "https://token.example:8443/token",
		"scopes":     map[string]any{"openid": "", "cde": ""}}, flow); diff != "" {
		t.Error(diff)
	}
	source := at(want, "components", "securitySchemes", "oAuth2AuthCode")
	if scheme["description"] == source["description"] {
		t.Errorf("description %q, want one for who signs in here", scheme["description"])
	}
	scheme["flows"], scheme["description"] = source["flows"], source["description"]

	operations, examples := 0, maps.Clone(at(want, "components", "parameters", "PublicId", "examples"))
	for path := range got["paths"].(map[string]any) {
		for method := range at(got, "paths", path) {
			operation, source := at(got, "paths", path, method), at(want, "paths", path, method)
			id := operation["operationId"].(string)
			if fits, ok := examples[id].(map[string]any); ok {
				filled := operation["parameters"].([]any)[0].(map[string]any)
				if filled["name"] != "publicId" || filled["example"] != fits["value"] {
					t.Errorf("%s starts with parameter %v, want the example %v", id, filled, fits["value"])
				}
				operation["parameters"] = source["parameters"]
				delete(examples, id)
			}

			types, ok := operation["x-typescript"].(map[string]any)
			if !ok || !strings.Contains(types["responses"].(string), "export interface ConnectorVersionResult {") {
				t.Errorf("%s %s: no response types", method, path)
			}
			if _, takesBody := operation["requestBody"]; takesBody != (types["request"] != nil) {
				t.Errorf("%s %s: request type %v", method, path, types["request"])
			}
			delete(operation, "x-typescript")
			operations++
		}
	}
	if operations < 2 {
		t.Errorf("%d operations looked at, want both at least", operations)
	}
	if len(examples) > 0 {
		t.Errorf("examples of no operation: %v", examples)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDeprecatedOperationSaysUntilWhen(t *testing.T) {
	source := strings.Replace(string(openapi.YAML), "      operationId: rollbackMigration\n",
		"      operationId: rollbackMigration\n      deprecated: true\n      x-deprecated-at: '2027-01-31'\n      x-sunset: '2028-01-31'\n", 1)
	handler := page(t, func(c *console.Config) { c.Contract = []byte(source) })
	_, body := get(t, handler, "GET", "/docs/contract.yaml", nil)
	operation := at(decode(t, body), "paths", "/connectors/{publicId}/versions/{connectorVersion}/migration/rollback", "post")
	const want = "**Deprecated since 2027-01-31, may be gone after 2028-01-31.**\n\nConnector will use old executable instead of new one."
	if operation["deprecated"] != true || operation["description"] != want {
		t.Errorf("deprecated %v, %q", operation["deprecated"], operation["description"])
	}
}

func TestWithoutSignInATokenIsPasted(t *testing.T) {
	down := func(context.Context) (authorization, token string, err error) {
		return "", "", errors.New("issuer is down")
	}
	for name, change := range map[string]func(*console.Config){
		"issuer down":  func(c *console.Config) { c.SignIn.Endpoints = down },
		"no client":    func(c *console.Config) { c.SignIn.ClientID = "" },
		"no endpoints": func(c *console.Config) { c.SignIn.Endpoints = nil },
		"no sign-in":   func(c *console.Config) { c.SignIn = console.SignIn{} },
		"half of it":   func(c *console.Config) { c.SignIn.Endpoints = half },
	} {
		t.Run(name, func(t *testing.T) {
			handler := page(t, change)
			_, body := get(t, handler, "GET", "/docs/contract.yaml", nil)
			scheme := at(decode(t, body), "components", "securitySchemes", "oAuth2AuthCode")
			if scheme["type"] != "http" || scheme["scheme"] != "bearer" || scheme["flows"] != nil {
				t.Errorf("scheme %v, want a bearer token", scheme)
			}
			if _, body := get(t, handler, "GET", "/docs/", nil); !strings.Contains(body, `data-client-id=""`) {
				t.Error("the page offers sign-in")
			}
		})
	}
}

// TestContractFollowsTheIssuer has an issuer that comes, moves and goes.
func TestContractFollowsTheIssuer(t *testing.T) {
	var token string
	var down error
	handler := page(t, func(c *console.Config) {
		c.SignIn.Endpoints = func(context.Context) (string, string, error) { return "/authorize", token, down }
	})
	for _, now := range []struct {
		token string
		down  error
		want  string
	}{{"/one", nil, "/one"}, {"/one", nil, "/one"}, {"/two", nil, "/two"}, {"/two", errors.New("down"), ""}, {"/two", nil, "/two"}} {
		token, down = now.token, now.down
		_, body := get(t, handler, "GET", "/docs/contract.yaml", nil)
		scheme := at(decode(t, body), "components", "securitySchemes", "oAuth2AuthCode")
		got := ""
		if scheme["type"] == "oauth2" {
			got = at(scheme, "flows", "authorizationCode")["tokenUrl"].(string)
		}
		if got != now.want {
			t.Errorf("token endpoint %q, down %v: page has %q", now.token, now.down, got)
		}
	}
}

func half(context.Context) (authorization, token string, err error) {
	return "https://id.example/authorize", "", nil
}

func TestDocumentsAreShownWhereThereAreSuch(t *testing.T) {
	_, body := get(t, page(t, nil), "GET", "/docs/parity", nil)
	for _, want := range []string{"<title>Parity · CDE API</title>", "<td>documented</td>", `<a href="changelog">Changelog</a>`} {
		if !strings.Contains(body, want) {
			t.Errorf("parity page lacks %q", want)
		}
	}
	handler := page(t, func(c *console.Config) {
		c.Parity = nil
		c.Changelog = []byte("<script>alert(1)</script>\n\n[x](javascript:alert)\n")
	})
	if response, _ := get(t, handler, "GET", "/docs/parity", nil); response.StatusCode != 404 {
		t.Errorf("a page that is not there answers %d", response.StatusCode)
	}
	if _, body := get(t, handler, "GET", "/docs/", nil); strings.Contains(body, "parity") {
		t.Error("the page links one that is not there")
	}
	if _, body := get(t, handler, "GET", "/docs/changelog", nil); strings.Contains(body, "alert") {
		t.Errorf("script of a document survives: %s", body)
	}
}

func TestAssetsAreCompressedAndRevalidated(t *testing.T) {
	handler := page(t, nil)
	response, plain := get(t, handler, "GET", "/docs/swagger-ui-bundle.js", nil)
	compressed, body := get(t, handler, "GET", "/docs/swagger-ui-bundle.js", http.Header{"Accept-Encoding": {"gzip, br"}})
	if compressed.Header.Get("Content-Encoding") != "gzip" || len(body) > len(plain)/3 {
		t.Errorf("encoding %q, %d bytes of %d", compressed.Header.Get("Content-Encoding"), len(body), len(plain))
	}
	reader, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if unpacked, err := io.ReadAll(reader); err != nil || string(unpacked) != plain {
		t.Errorf("unpacked differs, error %v", err)
	}
	tag := response.Header.Get("ETag")
	if tag == "" || tag == compressed.Header.Get("ETag") {
		t.Errorf("tags %q and %q, want two", tag, compressed.Header.Get("ETag"))
	}
	if again, _ := get(t, handler, "GET", "/docs/swagger-ui-bundle.js", http.Header{"If-None-Match": {tag}}); again.StatusCode != 304 {
		t.Errorf("known file answers %d, want 304", again.StatusCode)
	}
}

func TestBadConfigurationIsRefused(t *testing.T) {
	for name, config := range map[string]console.Config{
		"no contract":       {},
		"no YAML":           {Contract: []byte("a: [")},
		"no OpenAPI":        {Contract: []byte("title: x")},
		"no title":          {Contract: []byte("openapi: 3.0.3\ninfo: {}")},
		"types not in JSON": {Contract: openapi.YAML, TypeScript: []byte("export")},
	} {
		if _, err := console.New(config); err == nil || !strings.HasPrefix(err.Error(), "console: ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func decode(t *testing.T, document string) map[string]any {
	t.Helper()
	var decoded map[string]any
	if err := yaml.Unmarshal([]byte(document), &decoded); err != nil {
		t.Fatal(err)
	}
	return decoded
}

func at(document map[string]any, path ...string) map[string]any {
	for _, name := range path {
		document = document[name].(map[string]any)
	}
	return document
}
