package validate_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/productsupcom/cde/server/validate"
)

const (
	publicID = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
	putPath  = "/connectors/" + publicID + "/versions/1/execution-config/container-api"
	postPath = "/connectors/" + publicID + "/versions/1/migration/rollback"
	putBody  = `{"image":"test.domain.docker/test/container-api-image:1.0.0","version-constraint":"^0.20"}`

	blank    = "This value should not be blank."
	invalid  = "This value is not valid."
	notThere = "This field was not expected."
	noString = "This value should be of type string."
	noFields = `{"message":"Bad request.","errors":[]}`
)

// echo answers with the body that the handler sees.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	w.Header().Set("X-Pattern", r.Pattern)
	_, _ = w.Write(body)
})

// send returns the answer of h to one request. A header is "Name: value".
func send(h http.Handler, method, target string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, body)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func put(h http.Handler, body string) *httptest.ResponseRecorder {
	return send(h, http.MethodPut, putPath, strings.NewReader(body), "Content-Type: application/json")
}

// errorsOf is the documented 400 of one or more fields, given as name, text, name, text.
func errorsOf(fields ...string) string {
	var members []string
	for i := 0; i < len(fields); i += 2 {
		members = append(members, fmt.Sprintf("%q:%q", fields[i], fields[i+1]))
	}
	return `{"message":"Bad request.","errors":{` + strings.Join(members, ",") + `}}`
}

func TestPutBody(t *testing.T) {
	h := contract(t).Middleware(echo)
	long := strings.Repeat("x", 300)
	for _, row := range []struct{ name, body, want string }{
		{"seed", putBody, ""},
		{"image left out", `{"version-constraint":"^1"}`, ""},
		{"image null", `{"version-constraint":"^1","image":null}`, ""},
		{"white space", " \t\r\n{ \"version-constraint\" : \"^1\" , \"image\" : null } \n", ""},
		{"escapes", `{"version\u002dconstraint":"^0\u002e20"}`, ""},
		{"constraint missing", `{}`, errorsOf("version-constraint", blank)},
		{"constraint null", `{"version-constraint":null}`, errorsOf("version-constraint", blank)},
		{"constraint empty", `{"version-constraint":""}`, errorsOf("version-constraint", blank)},
		{"constraint blank", `{"version-constraint":" \t\u00a0"}`, errorsOf("version-constraint", blank)},
		{"constraint number", `{"version-constraint":1}`, errorsOf("version-constraint", noString)},
		{"constraint object", `{"version-constraint":{}}`, errorsOf("version-constraint", noString)},
		{"constraint long", `{"version-constraint":"` + long + `"}`, errorsOf("version-constraint", "This value is too long. It should have 255 characters or less.")},
		{"constraint long in characters only", `{"version-constraint":"` + strings.Repeat("é", 256) + `"}`, errorsOf("version-constraint", "This value is too long. It should have 255 characters or less.")},
		{"no constraint", `{"version-constraint":"not one"}`, errorsOf("version-constraint", invalid)},
		{"control character", `{"version-constraint":"^1\u0001"}`, errorsOf("version-constraint", invalid)},
		{"image empty", `{"version-constraint":"^1","image":""}`, errorsOf("image", blank)},
		{"image blank", `{"version-constraint":"^1","image":"  "}`, errorsOf("image", blank)},
		{"image no reference", `{"version-constraint":"^1","image":"UPPER/Case:x"}`, errorsOf("image", invalid)},
		{"image boolean", `{"version-constraint":"^1","image":true}`, errorsOf("image", noString)},
		{"unknown key", `{"version-constraint":"^1","nope":1}`, errorsOf("nope", notThere)},
		{"other case beside the right one", `{"version-constraint":"^1","Version-Constraint":"EVIL"}`, errorsOf("Version-Constraint", notThere)},
		{"other case by folding", `{"ver\u017fion-constraint":"^1"}`, errorsOf("version-constraint", blank, "verſion-constraint", notThere)},
		{"all fields at once", `{"image":7,"b":{},"A":[]}`, errorsOf("A", notThere, "b", notThere, "image", noString, "version-constraint", blank)},
		{"key that is markup", `{"version-constraint":"^1","<b>\"":1}`, `{"message":"Bad request.","errors":{"\u003cb\u003e\"":"` + notThere + `"}}`},
		{"duplicate key", `{"version-constraint":"^1","version-constraint":"^1"}`, noFields},
		{"duplicate key, escaped", `{"version-constraint":"^1","version\u002dconstraint":"^2"}`, noFields},
		{"duplicate unknown key", `{"version-constraint":"^1","x":1,"x":1}`, noFields},
		{"U+0000", `{"version-constraint":"^1\u0000"}`, noFields},
		{"array", `[]`, noFields},
		{"null", `null`, noFields},
		{"string", `"^1"`, noFields},
		{"second document", putBody + putBody, noFields},
		{"trailing text", putBody + "x", noFields},
		{"only white space", "  ", noFields},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := put(h, row.body)
			status, want := http.StatusBadRequest, row.want
			if want == "" {
				status, want = http.StatusOK, row.body
			}
			if w.Code != status || w.Body.String() != want {
				t.Errorf("got %d %s\nwant %d %s", w.Code, w.Body, status, want)
			}
		})
	}
}

func TestMiddlewareOrder(t *testing.T) {
	asked := 0
	v := contract(t, validate.WithAuth(func(r *http.Request, _ *validate.Operation) (*http.Request, *validate.Refusal) {
		if asked++; r.Header.Get("Authorization") == "" {
			return nil, &validate.Refusal{Status: http.StatusUnauthorized, Message: "who", Reason: validate.ReasonAuth}
		}
		return r, nil
	}))
	h := v.Middleware(echo)
	for _, row := range []struct {
		name, method, target, body string
		headers                    []string
		status, asked              int
	}{
		{"unknown path", "PUT", "/nope", "", nil, 404, 0},
		{"unknown method", "GET", putPath, "", nil, 405, 0},
		{"nobody, all wrong", "PUT", strings.Replace(putPath, publicID, "x", 1), "{", []string{"Content-Encoding: gzip"}, 401, 1},
		{"media type before body", "PUT", strings.Replace(putPath, publicID, "x", 1), "{", []string{"Authorization: x"}, 415, 1},
		{"parameters and body", "PUT", strings.Replace(putPath, publicID, "x", 1), "{}", []string{"Authorization: x", "Content-Type: application/json"}, 400, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			asked = 0
			w := send(h, row.method, row.target, strings.NewReader(row.body), row.headers...)
			if w.Code != row.status || asked != row.asked {
				t.Errorf("status %d, asked %d times: %s", w.Code, asked, w.Body)
			}
		})
	}
}

func TestParametersAndBodyInOneAnswer(t *testing.T) {
	target := strings.NewReplacer(publicID, "{"+publicID+"}", "/1/", "/mainx/").Replace(putPath)
	w := send(contract(t).Middleware(echo), "PUT", target, strings.NewReader(`{"image":1}`), "Content-Type: application/json")
	want := errorsOf("connectorVersion", invalid, "image", noString, "publicId", "This is not a valid UUID.", "version-constraint", blank)
	if w.Code != 400 || w.Body.String() != want {
		t.Errorf("got %d %s\nwant %s", w.Code, w.Body, want)
	}
}
