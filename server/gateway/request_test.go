package gateway_test

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/server/gateway"
)

// TestForwardsWhatWasChecked: the upstream gets the bytes that were checked, under its base path, with their exact length.
func TestForwardsWhatWasChecked(t *testing.T) {
	spaced := " {\n\"version-constraint\" : \"^0.20\" }\t"
	for _, row := range []struct {
		name    string
		base    string
		request *http.Request
		target  string
		body    string
	}{
		{"PUT", "", request(t, "PUT", containerAPI, goodBody), containerAPI, goodBody},
		{"white space stays", "", request(t, "PUT", containerAPI, spaced), containerAPI, spaced},
		{"base path", "/base/path/", request(t, "PUT", containerAPI, goodBody), "/base/path" + containerAPI, goodBody},
		{"POST without a body", "", request(t, "POST", rollback, ""), rollback, ""},
		{"query", "/base", request(t, "POST", rollback+"?a=1&a=2&b=%20x", ""), "/base" + rollback + "?a=1&a=2&b=%20x", ""},
		{"body in chunks", "", chunked(request(t, "PUT", containerAPI, goodBody)), containerAPI, goodBody},
	} {
		t.Run(row.name, func(t *testing.T) {
			upstream := record(t, nil)
			g := guard(t, upstream.URL+row.base)
			if err := retarget(row.request, g.url); err != nil {
				t.Fatal(err)
			}
			response, body := send(t, row.request)
			if response.StatusCode != 200 || body != `{"message":"upstream"}` {
				t.Errorf("%d %s", response.StatusCode, body)
			}
			got := upstream.only(t)
			want := seen{method: row.request.Method, target: row.target, host: strings.TrimPrefix(upstream.URL, "http://"), body: row.body, length: int64(len(row.body))}
			got.header = nil
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(seen{})); diff != "" {
				t.Error(diff)
			}
			g.noRefusals(t)
		})
	}
}

// retarget points a request for a path at a server.
func retarget(r *http.Request, url string) error {
	u, err := r.URL.Parse(url + r.URL.RequestURI())
	r.URL, r.Host = u, ""
	return err
}

func chunked(r *http.Request) *http.Request {
	r.ContentLength, r.Body = -1, io.NopCloser(io.MultiReader(r.Body))
	return r
}

// TestRequestHeaders: what the upstream sees of a request's headers.
func TestRequestHeaders(t *testing.T) {
	const gone = ""
	for _, row := range []struct {
		name    string
		headers []string
		see     string
		want    string
	}{
		{"the token", nil, "Authorization", "Bearer some.good-looking.token"},
		{"other headers pass", []string{"X-Anything", "a", "X-Anything", "b"}, "X-Anything", "a, b"},
		{"the token cannot be stripped", []string{"Connection", "close, Authorization"}, "Authorization", "Bearer some.good-looking.token"},
		{"nor the media type", []string{"Connection", "Content-Type"}, "Content-Type", "application/json"},
		{"named in Connection", []string{"Connection", "close, X-Hop", "X-Hop", "1"}, "X-Hop", gone},
		{"Connection itself", []string{"Connection", "X-Hop"}, "Connection", gone},
		{"Keep-Alive", []string{"Keep-Alive", "timeout=5"}, "Keep-Alive", gone},
		{"Proxy-Authorization", []string{"Proxy-Authorization", "Basic x"}, "Proxy-Authorization", gone},
		{"TE: trailers is asked anew", []string{"Te", "trailers, deflate"}, "Te", "trailers"},
		{"TE", []string{"Te", "deflate"}, "Te", gone},
		{"Expect", []string{"Expect", "100-continue"}, "Expect", gone},
		{"method override", []string{"X-HTTP-Method-Override", "DELETE"}, "X-Http-Method-Override", gone},
		{"method override of another name", []string{"X-HTTP-Method", "DELETE"}, "X-Http-Method", gone},
		{"and another", []string{"X-Method-Override", "DELETE"}, "X-Method-Override", gone},
		{"with underscores", []string{"X_HTTP_Method_Override", "DELETE"}, "X_http_method_override", gone},
		{"path override", []string{"X-Original-URL", "/admin"}, "X-Original-Url", gone},
		{"and another", []string{"X-Rewrite-URL", "/admin"}, "X-Rewrite-Url", gone},
		{"X-Forwarded-For", []string{"X-Forwarded-For", "6.6.6.6"}, "X-Forwarded-For", "127.0.0.1"},
		{"X-Forwarded-Proto", []string{"X-Forwarded-Proto", "https"}, "X-Forwarded-Proto", "http"},
		{"X-Forwarded-Host", []string{"X-Forwarded-Host", "evil.example"}, "X-Forwarded-Host", "gateway.example"},
		{"X-Real-IP", []string{"X-Real-IP", "6.6.6.6"}, "X-Real-Ip", "127.0.0.1"},
		{"Forwarded", []string{"Forwarded", "for=6.6.6.6"}, "Forwarded", gone},
		{"any of the family", []string{"X-Forwarded-User", "admin"}, "X-Forwarded-User", gone},
		{"underscores", []string{"X_Forwarded_User", "admin"}, "X_forwarded_user", gone},
		{"underscores and dashes", []string{"X-Forwarded_For", "6.6.6.6"}, "X-Forwarded_for", gone},
		{"any underscore", []string{"Content_Type", "text/plain"}, "Content_type", gone},
		{"h2c is not taken", []string{"Connection", "Upgrade, HTTP2-Settings", "Upgrade", "h2c", "HTTP2-Settings", "x"}, "Upgrade", gone},
		{"Via", []string{"Via", "1.1 other"}, "Via", "1.1 other, 1.1 cded"},
		{"no user agent is made up", nil, "User-Agent", gone},
	} {
		t.Run(row.name, func(t *testing.T) {
			upstream := record(t, nil)
			g := guard(t, upstream.URL)
			var raw strings.Builder
			raw.WriteString("PUT " + containerAPI + " HTTP/1.1\r\nHost: gateway.example\r\nConnection: close\r\nAuthorization: Bearer some.good-looking.token\r\n" +
				"Content-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(goodBody)) + "\r\n")
			for pair := range slices.Chunk(row.headers, 2) {
				raw.WriteString(strings.Join(pair, ": ") + "\r\n")
			}
			responses, bodies := sendRaw(t, g.url, raw.String()+"\r\n"+goodBody)
			if len(responses) != 1 || responses[0].StatusCode != 200 {
				t.Fatalf("%v %v", responses, bodies)
			}
			header := upstream.only(t).header
			if got := strings.Join(header[row.see], ", "); got != row.want {
				t.Errorf("%s: got %q, want %q", row.see, got, row.want)
			}
			if row.want == gone {
				if _, found := header[row.see]; found {
					t.Errorf("%s is there", row.see)
				}
			}
		})
	}
}

// TestDeclaredHeaders: what the contract speaks of passes, underscores or not, and cannot be stripped.
func TestDeclaredHeaders(t *testing.T) {
	upstream := record(t, nil)
	g := guard(t, upstream.URL, contract(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},
		"components":{"securitySchemes":{"key":{"type":"apiKey","in":"header","name":"api_key"}}},
		"paths":{"/things":{"parameters":[{"name":"X-Tenant","in":"header","schema":{"type":"string"}}],
		"get":{"operationId":"list","security":[{"key":[]}],"parameters":[{"name":"trace_id","in":"header","schema":{"type":"string"}}],
		"responses":{"200":{"description":"ok"}}}}}}`))
	r := request(t, "GET", g.url+"/things", "", "api_key", "k", "trace_id", "t", "other_id", "o", "X-Tenant", "a", "Connection", "x-tenant")
	if response, body := send(t, r); response.StatusCode != 200 {
		t.Fatal(response.Status, body)
	}
	header := upstream.only(t).header
	for name, want := range map[string]string{"Api_key": "k", "Trace_id": "t", "Other_id": "", "X-Tenant": "a"} {
		if got := strings.Join(header[name], ", "); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestNewRefuses what could not be served.
func TestNewRefuses(t *testing.T) {
	good := gateway.Config{Upstream: "http://127.0.0.1:1", Spec: []byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"responses":{"200":{"description":"ok"}}}}}}`)}
	if _, err := gateway.New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*gateway.Config){
		"no upstream":             func(c *gateway.Config) { c.Upstream = "" },
		"no host":                 func(c *gateway.Config) { c.Upstream = "http:///x" },
		"another scheme":          func(c *gateway.Config) { c.Upstream = "ftp://127.0.0.1" },
		"a user name":             func(c *gateway.Config) { c.Upstream = "http://u:p@127.0.0.1" },
		"a query":                 func(c *gateway.Config) { c.Upstream = "http://127.0.0.1/?a=1" },
		"a base path that climbs": func(c *gateway.Config) { c.Upstream = "http://127.0.0.1/a/../b" },
		"no contract":             func(c *gateway.Config) { c.Spec = nil },
		"another OpenAPI":         func(c *gateway.Config) { c.Spec = []byte(strings.Replace(string(c.Spec), "3.0.3", "3.1.0", 1)) },
		"requests unchecked":      func(c *gateway.Config) { c.Requests = gateway.Off },
		"an unknown mode":         func(c *gateway.Config) { c.Answers = "observe" },
		"a negative limit":        func(c *gateway.Config) { c.BodyLimit = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			config := good
			change(&config)
			if _, err := gateway.New(config); err == nil || strings.Contains(err.Error(), "u:p") {
				t.Errorf("got %v", err)
			}
		})
	}
}
