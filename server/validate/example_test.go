package validate_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/openapi/format"
	"github.com/productsupcom/cde/server/validate"
)

// A gateway that exists already: the contract in front of net/http's reverse proxy. What the upstream gets is what was
// checked; everything else is answered here.
func ExampleValidator_Middleware() {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "upstream got %s with %d bytes", r.Method, r.ContentLength)
	}))
	defer upstream.Close()
	target, err := url.Parse(upstream.URL)
	if err != nil {
		panic(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}

	validator, err := validate.New(openapi.YAML,
		validate.WithFormats(format.Checks()),
		validate.WithAuth(func(r *http.Request, _ *validate.Operation) (*http.Request, *validate.Refusal) {
			if r.Header.Get("Authorization") == "" {
				return nil, &validate.Refusal{Status: http.StatusUnauthorized, Message: "You have to be authorized to access this resource.", Reason: validate.ReasonAuth}
			}
			return r, nil
		}),
		validate.WithRefused(func(_ *http.Request, o *validate.Operation, refusal *validate.Refusal) {
			fmt.Println("refused:", o, refusal.Reason)
		}))
	if err != nil {
		panic(err)
	}
	gateway := validator.Middleware(proxy)

	for _, body := range []string{`{"version-constraint":"^0.20"}`, `{"version-constraint":""}`} {
		request := httptest.NewRequest("PUT", "/connectors/497f6eca-6276-4993-bfeb-53cbbbba6f08/versions/1/execution-config/container-api", strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer …")
		answer := httptest.NewRecorder()
		gateway.ServeHTTP(answer, request)
		fmt.Println(answer.Code, answer.Body)
	}
	// Output:
	// 200 upstream got PUT with 30 bytes
	// refused: PUT /connectors/{publicId}/versions/{connectorVersion}/execution-config/container-api body
	// 400 {"message":"Bad request.","errors":{"version-constraint":"This value should not be blank."}}
}

// A server with its own routing asks the operation that it has routed to.
func ExampleOperation_CheckRequest() {
	validator, err := validate.New(openapi.YAML, validate.WithFormats(format.Checks()))
	if err != nil {
		panic(err)
	}
	rollback, _ := validator.Operation("rollbackMigration")

	mux := http.NewServeMux()
	mux.HandleFunc(rollback.String(), func(w http.ResponseWriter, r *http.Request) {
		defer validate.Release(r)
		if refusal := rollback.CheckRequest(r, r.PathValue); refusal != nil {
			refusal.Respond(w)
			return
		}
		fmt.Fprint(w, "rolled back")
	})
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequest("POST", "/connectors/42/versions/v1/migration/rollback", nil))
	fmt.Println(answer.Body)
	// Output: {"message":"Bad request.","errors":{"connectorVersion":"This value is not valid.","publicId":"This is not a valid UUID."}}
}

// Answers of one's own, or of an upstream, are held against the contract in tests or on the way out.
func ExampleOperation_CheckResponse() {
	validator, err := validate.New(openapi.YAML, validate.WithFormats(format.Checks()))
	if err != nil {
		panic(err)
	}
	rollback, _ := validator.Operation("rollbackMigration")
	header := http.Header{"Content-Type": {"application/json"}}
	fmt.Println(rollback.CheckResponse(http.StatusForbidden, header, []byte(`{"message":"Access denied for user."}`)))
	fmt.Println(rollback.CheckResponse(http.StatusForbidden, header, []byte(`{"error":"no"}`)))
	fmt.Println(rollback.CheckResponse(http.StatusTeapot, header, nil))
	// Output:
	// <nil>
	// rollbackMigration: answer 403 breaks the contract: body: message: required
	// rollbackMigration: answer 418 breaks the contract: status: not declared
}
