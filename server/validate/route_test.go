package validate_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/server/validate"
)

func TestMiddlewareRoutes(t *testing.T) {
	h := contract(t).Middleware(echo)
	json := "Content-Type: application/json"
	for _, row := range []struct {
		name, method, path string
		status             int
		allow              string
	}{
		{"known", "PUT", putPath, 200, ""},
		{"other host", "PUT", "http://elsewhere.example" + putPath, 200, ""},
		{"upper case id", "PUT", strings.Replace(putPath, publicID, strings.ToUpper(publicID), 1), 200, ""},
		{"digit, encoded", "PUT", strings.Replace(putPath, "/1/", "/%31/", 1), 200, ""},
		{"query that nobody declared", "PUT", putPath + "?x=1", 200, ""},
		{"unknown", "PUT", "/connectors", 404, ""},
		{"root", "PUT", "/", 404, ""},
		{"longer", "PUT", putPath + "/x", 404, ""},
		{"shorter", "PUT", strings.TrimSuffix(putPath, "/container-api"), 404, ""},
		{"other case", "PUT", strings.Replace(putPath, "connectors", "Connectors", 1), 404, ""},
		{"slash at the end", "PUT", putPath + "/", 404, ""},
		{"two slashes", "PUT", strings.Replace(putPath, "/versions", "//versions", 1), 404, ""},
		{"two slashes in front", "PUT", "/" + putPath, 404, ""},
		{"empty id", "PUT", strings.Replace(putPath, publicID, "", 1), 404, ""},
		{"empty version", "PUT", strings.Replace(putPath, "/1/", "//", 1), 404, ""},
		{"encoded slash", "PUT", strings.Replace(putPath, "/versions", "%2fversions", 1), 404, ""},
		{"encoded slash in the version", "PUT", strings.Replace(putPath, "/1/", "/1%2F2/", 1), 404, ""},
		{"encoded twice", "PUT", strings.Replace(putPath, "/1/", "/%2531/", 1), 400, ""},
		{"dot segment", "PUT", strings.Replace(putPath, "/versions", "/./versions", 1), 404, ""},
		{"dot segments", "PUT", strings.Replace(putPath, "/versions", "/x/../versions", 1), 404, ""},
		{"version of dots", "PUT", strings.Replace(putPath, "/1/", "/../", 1), 404, ""},
		{"encoded dots", "PUT", strings.Replace(putPath, "/1/", "/%2e%2E/", 1), 404, ""},
		{"backslash", "PUT", strings.Replace(putPath, "/versions", `\versions`, 1), 404, ""},
		{"encoded backslash", "PUT", strings.Replace(putPath, "/1/", "/1%5c/", 1), 404, ""},
		{"literal, encoded", "PUT", strings.Replace(putPath, "connectors", "%63onnectors", 1), 404, ""},
		{"line end in the version", "PUT", strings.Replace(putPath, "/1/", "/1%0a/", 1), 400, ""},
		{"NUL in the version", "PUT", strings.Replace(putPath, "/1/", "/1%00/", 1), 400, ""},
		{"MAIN", "PUT", strings.Replace(putPath, "/1/", "/MAIN/", 1), 400, ""},
		{"mainx", "PUT", strings.Replace(putPath, "/1/", "/mainx/", 1), 400, ""},
		{"version 1.0", "PUT", strings.Replace(putPath, "/1/", "/1.0/", 1), 400, ""},
		{"version -1", "PUT", strings.Replace(putPath, "/1/", "/-1/", 1), 400, ""},
		{"version of forty digits", "PUT", strings.Replace(putPath, "/1/", "/"+strings.Repeat("9", 40)+"/", 1), 200, ""},
		{"method that the path lacks", "GET", putPath, 405, "OPTIONS, PUT"},
		{"method that nobody knows", "BREW", putPath, 405, "OPTIONS, PUT"},
		{"method in lower case", "put", putPath, 405, "OPTIONS, PUT"},
		{"HEAD without GET", "HEAD", postPath, 405, "OPTIONS, POST"},
		{"OPTIONS", "OPTIONS", putPath, 204, "OPTIONS, PUT"},
		{"OPTIONS of nothing", "OPTIONS", "/nope", 404, ""},
		{"override", "POST", putPath, 405, "OPTIONS, PUT"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := send(h, row.method, row.path, strings.NewReader(putBody), json, "X-HTTP-Method-Override: PUT")
			if w.Code != row.status || w.Header().Get("Allow") != row.allow {
				t.Fatalf("%d, Allow %q: %s", w.Code, w.Header().Get("Allow"), w.Body)
			}
			if row.status == 204 && w.Body.Len() != 0 {
				t.Errorf("204 with a body: %s", w.Body)
			}
			if row.status >= 404 && w.Body.String() != fmt.Sprintf(`{"message":%q}`, http.StatusText(row.status)) {
				t.Errorf("body %s", w.Body)
			}
			if row.status == 200 && w.Header().Get("X-Pattern") != "PUT /connectors/{publicId}/versions/{connectorVersion}/execution-config/container-api" {
				t.Errorf("pattern %q", w.Header().Get("X-Pattern"))
			}
		})
	}
}

// paths is a contract of GET operations, named by their path.
func paths(t *testing.T, servers string, templates ...string) *validate.Validator {
	t.Helper()
	var items []string
	for _, path := range templates {
		var params []string
		for part := range strings.SplitSeq(path, "{") {
			if name, _, found := strings.Cut(part, "}"); found {
				params = append(params, fmt.Sprintf(`{"name":%q,"in":"path","required":true,"schema":{"type":"string"}}`, name))
			}
		}
		items = append(items, fmt.Sprintf(`%q:{"get":{"operationId":%q,"parameters":[%s],"responses":{"204":{"description":"done"}}}}`, path, path, strings.Join(params, ",")))
	}
	v, err := validate.New([]byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"servers":[` + servers + `],"paths":{` + strings.Join(items, ",") + `}}`))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestRouteFindsTheMostLiteralPath(t *testing.T) {
	v := paths(t, "", "/a/b", "/a/{x}", "/{x}/b", "/a/{x}/c", "/a/b/{y}", "/files/{name}.json", "/files/{name}", "/files/{from}-{to}", "/r/{id}:stop", "/")
	for _, row := range []struct {
		path, want string
		params     []string
	}{
		{"/a/b", "/a/b", nil},
		{"/a/c", "/a/{x}", []string{"x", "c"}},
		{"/z/b", "/{x}/b", []string{"x", "z"}},
		{"/a/b/c", "/a/b/{y}", []string{"y", "c"}},
		{"/a/d/c", "/a/{x}/c", []string{"x", "d"}},
		{"/a/d/e", "", nil},
		{"/files/x.json", "/files/{name}.json", []string{"name", "x"}},
		{"/files/x.yaml", "/files/{name}", []string{"name", "x.yaml"}},
		{"/files/.json", "/files/{name}", []string{"name", ".json"}},
		{"/files/a-b-c", "/files/{from}-{to}", []string{"from", "a", "to", "b-c"}},
		{"/files/a%20b", "/files/{name}", []string{"name", "a b"}},
		{"/files/%C3%A4%3A", "/files/{name}", []string{"name", "ä:"}},
		{"/r/7:stop", "/r/{id}:stop", []string{"id", "7"}},
		{"/r/7", "", nil},
	} {
		t.Run(row.path, func(t *testing.T) {
			o, params, refusal := v.Route(httptest.NewRequest("GET", row.path, nil))
			if row.want == "" {
				if refusal == nil || refusal.Status != 404 {
					t.Fatalf("found %v", o)
				}
				return
			}
			if refusal != nil || o.ID != row.want {
				t.Fatalf("found %v, %v; want %s", o, refusal, row.want)
			}
			for i := 0; i < len(row.params); i += 2 {
				if got := params.Get(row.params[i]); got != row.params[i+1] {
					t.Errorf("%s is %q, want %q", row.params[i], got, row.params[i+1])
				}
			}
			if params.Get("other") != "" {
				t.Error("a parameter that is not there")
			}
		})
	}
	if o, _, refusal := v.Route(httptest.NewRequest("HEAD", "/a/b", nil)); refusal != nil || o.ID != "/a/b" {
		t.Errorf("HEAD finds %v, %v", o, refusal)
	}
}

func TestRouteKnowsTheServersBasePaths(t *testing.T) {
	v := paths(t, `{"url":"https://one.example/v1/"},{"url":"/{stage}/v1","variables":{"stage":{"default":"test"}}},{"url":"https://two.example/v1"}`, "/a")
	for path, status := range map[string]int{"/v1/a": 0, "/test/v1/a": 0, "/a": 404, "/v1": 404, "/v1/a/a": 404} {
		if _, _, refusal := v.Route(httptest.NewRequest("GET", path, nil)); (refusal == nil) != (status == 0) {
			t.Errorf("%s: %v", path, refusal)
		}
	}
}

func TestCheckPath(t *testing.T) {
	for path, clean := range map[string]bool{
		"/": true, "/a": true, "/a/b%20c": true, "/a/%C3%A4": true,
		"": false, "/a/": false, "//": false, "//a": false, "/a//b": false, "/a/.": false, "/../a": false, "/a%2fb": false, "/a%2Fb": false, "/%2e": false, `/a\b`: false, "/a%5cb": false,
	} {
		u := &url.URL{Path: path}
		if path != "" {
			var err error
			if u, err = url.ParseRequestURI(path); err != nil {
				t.Fatal(err)
			}
		}
		refusal := validate.CheckPath(u)
		if (refusal == nil) != clean {
			t.Errorf("%q: %v", path, refusal)
		}
		if refusal != nil && refusal.Status != 404 {
			t.Errorf("%q: %v", path, refusal)
		}
	}
}

func TestOperationsTellTheContract(t *testing.T) {
	v := contract(t)
	var got []string
	for _, o := range v.Operations() {
		got = append(got, o.ID+" "+o.String())
		if o.Model().OperationID != o.ID || v.Document() == nil {
			t.Errorf("%s: model of %q", o.ID, o.Model().OperationID)
		}
	}
	want := []string{
		"updateContainerApiVersion PUT /connectors/{publicId}/versions/{connectorVersion}/execution-config/container-api",
		"rollbackMigration POST /connectors/{publicId}/versions/{connectorVersion}/migration/rollback",
	}
	for _, operation := range want { // the contract may have grown
		found := false
		for _, g := range got {
			found = found || g == operation
		}
		if !found {
			t.Errorf("no %q: %s", operation, cmp.Diff(want, got))
		}
	}
	if _, ok := v.Operation("UpdateContainerAPIVersion"); ok {
		t.Error("a Go name finds an operation")
	}
}

func TestSecured(t *testing.T) {
	base := string(tiny(`{"type":"string"}`))
	secured := func(document, operation string) bool {
		spec := strings.Replace(base, `"paths"`, `"components":{"securitySchemes":{"s":{"type":"http","scheme":"bearer"}}},`+document+`"paths"`, 1)
		spec = strings.Replace(spec, `"operationId"`, operation+`"operationId"`, 1)
		v, err := validate.New([]byte(spec))
		if err != nil {
			t.Fatal(err)
		}
		return v.Operations()[0].Secured()
	}
	for _, row := range []struct {
		document, operation string
		want                bool
	}{
		{"", "", false},
		{`"security":[{"s":[]}],`, "", true},
		{`"security":[{"s":[]}],`, `"security":[],`, false},
		{"", `"security":[{"s":[]}],`, true},
		{"", `"security":[{"s":[]},{}],`, false},
	} {
		if got := secured(row.document, row.operation); got != row.want {
			t.Errorf("%s %s: %v", row.document, row.operation, got)
		}
	}
}
