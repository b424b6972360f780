package client_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/productsupcom/cde/client"
)

// FuzzAnswer: whatever is answered, a call ends with a version or an error of a kind, of one printable line.
func FuzzAnswer(f *testing.F) {
	f.Add(200, "application/json", "", []byte(version1))
	f.Add(200, "application/json", "", []byte(`{"data":null}`))
	f.Add(400, "application/json; charset=utf-8", "", []byte(`{"message":"Bad request.","errors":{"a\n":"b"}}`))
	f.Add(400, "application/json", "", []byte(`{"message":"no","errors":[]}`))
	f.Add(401, "text/html", "", []byte(`<h1>`))
	f.Add(429, "application/json", "99999999999999999999", []byte(`[]`))
	f.Add(503, ";;;", "Mon, 11 May 2026 12:00:31 GMT", []byte("\xff\x1b[31m"))
	f.Add(302, "", "-1", []byte(nil))
	f.Add(101, "", "", []byte(nil))
	f.Fuzz(func(t *testing.T, status int, media, retryAfter string, body []byte) {
		answer := roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {media}, "Retry-After": {retryAfter}, "X-Request-Id": {media}},
				Body: io.NopCloser(bytes.NewReader(body))}, nil
		})
		c, err := client.New(client.WithBaseURL("http://localhost"), client.WithHTTPClient(&http.Client{Transport: answer}),
			client.WithRetry(client.RetryPolicy{MaxAttempts: 1}), client.WithMaxResponseBytes(1000))
		if err != nil {
			t.Fatal(err)
		}
		version, err := post(t.Context(), c)
		if (version == nil) == (err == nil) {
			t.Fatalf("%v and %v", version, err)
		}
		if err == nil {
			if status != 200 {
				t.Errorf("status %d is a success", status)
			}
			return
		}
		var failure *client.Error
		if !errors.As(err, &failure) || kindsOf(err) == "" || failure.RetryAfter < 0 || len(failure.Body) > 4096 {
			t.Errorf("%+v of no kind", err)
		}
		if text := err.Error(); !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			t.Errorf("%q is not one printable line", text)
		}
	})
}
