package servertest

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"os"
	"testing"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/openapi/format"
	"github.com/productsupcom/cde/server/validate"
)

// Client returns an HTTP client as [Judge] does.
func (s *Server) Client(t testing.TB) *http.Client {
	t.Helper()
	return Judge(t)
}

// Judge returns an HTTP client that follows no redirect and holds every answer of the API against the contract: status,
// headers, media type and body. What breaks it fails the test. With CDE_TEST_PROXY in the environment, an http URL,
// its requests go by way of that proxy, so that somebody else may judge them too. It may ask any server of the API.
func Judge(t testing.TB) *http.Client {
	t.Helper()
	validator, err := validate.New(openapi.YAML, validate.WithFormats(format.Checks()))
	check(t, err)
	transport := &http.Transport{MaxIdleConnsPerHost: 256, Proxy: proxy(t)}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     judge{t, validator, transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// proxy is for http.Transport, which would leave loopback addresses out if it read the environment itself.
func proxy(t testing.TB) func(*http.Request) (*url.URL, error) {
	t.Helper()
	address := os.Getenv("CDE_TEST_PROXY")
	if address == "" {
		return nil
	}
	proxy, err := url.Parse(address)
	check(t, err)
	return http.ProxyURL(proxy)
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
