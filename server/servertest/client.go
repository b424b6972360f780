package servertest

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/openapi/format"
	"github.com/productsupcom/cde/server/validate"
)

// Client returns an HTTP client that follows no redirect and holds every answer of the API against the contract: status,
// headers, media type and body. What breaks it fails the test.
func (s *Server) Client(t testing.TB) *http.Client {
	t.Helper()
	validator, err := validate.New(openapi.YAML, validate.WithFormats(format.Checks()))
	check(t, err)
	transport := &http.Transport{MaxIdleConnsPerHost: 256}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     judge{t, validator, transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// judge is a transport that checks answers.
type judge struct {
	t         testing.TB
	validator *validate.Validator
	next      http.RoundTripper
}

// RoundTrip asks next and checks the answer, if the request names an operation.
func (j judge) RoundTrip(r *http.Request) (*http.Response, error) {
	operation, _, _ := j.validator.Route(r)
	response, err := j.next.RoundTrip(r)
	if err != nil || operation == nil {
		return response, err
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		return nil, err
	}
	if err := operation.CheckResponse(response.StatusCode, response.Header, body); err != nil {
		j.t.Errorf("%s %s: %v\n%s", r.Method, r.URL.Path, err, body)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}
