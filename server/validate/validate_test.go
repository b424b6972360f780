package validate_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/server/validate"
)

const (
	publicID = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
	putPath  = "/connectors/" + publicID + "/versions/1/execution-config/container-api"
	postPath = "/connectors/" + publicID + "/versions/1/migration/rollback"
	putBody  = `{"image":"test.domain.docker/test/container-api-image:1.0.0","version-constraint":"^0.20"}`
)

// contract returns the validator of the API's own contract.
func contract(t testing.TB, opts ...validate.Option) *validate.Validator {
	t.Helper()
	formats := validate.WithFormats(map[string]func(string) error{
		"container-image":    func(string) error { return nil },
		"version-constraint": func(string) error { return nil },
	})
	v, err := validate.New(openapi.YAML, append([]validate.Option{formats}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestQuick(t *testing.T) {
	v := contract(t)
	for _, o := range v.Operations() {
		a, b := o.Compiled()
		t.Log(o, a, b, o.Fallbacks(), o.Secured())
	}
	h := v.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Write(b)
	}))
	for _, row := range []string{putBody, `{}`, `{"version-constraint":null,"image":""}`, `{"version-constraint":7,"Image":"x","b":1}`, `[]`, `{"a":1,"a":2}`,
		`{"version-constraint":"` + strings.Repeat("x", 300) + `"}`} {
		r := httptest.NewRequest("PUT", putPath, strings.NewReader(row))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		t.Log(w.Code, w.Body, w.Header())
	}
	for _, row := range []string{"/", "/connectors/", strings.Replace(postPath, "/1/", "/mainx/", 1), strings.Replace(postPath, "/497", "/x497", 1), postPath + "?a=1;b=2", putPath} {
		r := httptest.NewRequest("POST", row, nil)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		t.Log(w.Code, w.Body, w.Header())
	}
}
