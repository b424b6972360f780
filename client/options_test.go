package client_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/productsupcom/cde/client"
	"github.com/productsupcom/cde/gen/api"
	"github.com/productsupcom/cde/gen/apiclient"
)

func TestOptionsThatCannotWorkAreRefused(t *testing.T) {
	for want, option := range map[string]client.Option{
		"client: option 0 is nil":                 nil,
		"cannot be read":                          client.WithBaseURL("https://a b:s3cret@host/%zz"),
		"user, query and fragment":                client.WithBaseURL("https://me:s3cret@cde.example"),
		"fragment are not":                        client.WithBaseURL("https://cde.example?"),
		"and fragment":                            client.WithBaseURL("https://cde.example#top"),
		"no host":                                 client.WithBaseURL("https://"),
		"want https":                              client.WithBaseURL("ftp://cde.example"),
		"plain http is allowed on loopback":       client.WithBaseURL("http://cde.example"),
		`"http://127.0.0.1.cde.example": plain`:   client.WithBaseURL("http://127.0.0.1.cde.example"),
		`"http://10.0.0.1": plain`:                client.WithBaseURL("http://10.0.0.1"),
		"base URL":                                client.WithBaseURL(""),
		"the token is empty":                      client.WithToken(""),
		"token source: nil":                       client.WithTokenSource(nil),
		"http client: nil":                        client.WithHTTPClient(nil),
		"attempt timeout: 0s":                     client.WithAttemptTimeout(0),
		"response limit: 0 bytes":                 client.WithMaxResponseBytes(0),
		"retry policy: a field is negative":       client.WithRetry(client.RetryPolicy{MaxAttempts: -1}),
		"MaxDelay 1s is less than BaseDelay 2s":   client.WithRetry(client.RetryPolicy{BaseDelay: 2 * time.Second, MaxDelay: time.Second}),
		"logger: nil":                             client.WithLogger(nil),
		"user agent: want 1 to 200 printable":     client.WithUserAgent(""),
		"user agent: want 1 to 200 printable ASC": client.WithUserAgent("a\r\nX-Evil: b"),
		"1 to 200":                                client.WithUserAgent(strings.Repeat("a", 201)),
	} {
		_, err := client.New(option)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "client: ") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("error %v, want one with %q and no password", err, want)
		}
	}
	for _, url := range []string{client.Production, client.Staging, "https://cde.example:8443/prefix", "http://localhost:8080", "http://LOCALHOST", "http://127.0.0.2:1", "http://[::1]:8080/"} {
		if _, err := client.New(client.WithBaseURL(url)); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestVersions(t *testing.T) {
	for text, want := range map[string]client.Version{"latest": client.Latest, "main": client.Main, "1": 1, "42": client.Major(42)} {
		got, err := client.ParseVersion(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "0", "-1", "007", "+1", "1.0", "v2", "LATEST", "..", "mainframe", "1/../2", "٣", strings.Repeat("9", 40)} {
		if got, err := client.ParseVersion(text); err == nil || kindsOf(err) != "invalid request" {
			t.Errorf("%q: %v, %v; want a refusal", text, got, err)
		}
	}
	for _, version := range []client.Version{0, client.Major(0), client.Major(-1), client.Major(int(client.Main)), -3} {
		if version.String() != "invalid" {
			t.Errorf("%d is %q", int(version), version)
		}
	}
}

// TestBodiesAreCheckedAgainstTheContract: the same fields and texts that the API answers with, and nothing is sent.
func TestBodiesAreCheckedAgainstTheContract(t *testing.T) {
	double := start(t)
	c, _ := double.client(t)
	const blank, invalid = "This value should not be blank.", "This value is not valid."
	for _, row := range bodies(blank, invalid) {
		before, _ := double.counts()
		_, err := c.UpdateContainerAPIVersion(t.Context(), connectorID, 1, row.update)
		after, _ := double.counts()
		if diff := compare(row.want, err); diff != "" {
			t.Errorf("%s: %s", row.name, diff)
		}
		if sent := after > before; sent != (row.want == nil) {
			t.Errorf("%s: sent: %v", row.name, sent)
		}
	}
	// What is wrong with path and body is said together.
	_, err := c.UpdateContainerAPIVersion(t.Context(), "..", 0, api.ContainerAPIUpdate{})
	if diff := compare(map[string]string{"publicId": "This is not a valid UUID.", "connectorVersion": invalid, "version-constraint": blank}, err); diff != "" {
		t.Error(diff)
	}
}

// TestManners are about every request: who sends it, and nothing that makes net/http repeat it by itself.
func TestManners(t *testing.T) {
	double := start(t)
	c, _ := double.client(t, client.WithUserAgent("nightly/1.4"))
	for _, call := range []operation{put, post} {
		if _, err := call(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range double.work {
		if got, want := r.Header.Get("User-Agent"), "nightly/1.4 cde-go"; got != want {
			t.Errorf("%s: User-Agent %q, want %q", r.Method, got, want)
		}
		for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key", "Authorization"} {
			if _, ok := r.Header[http.CanonicalHeaderKey(name)]; ok {
				t.Errorf("%s: header %s", r.Method, name)
			}
		}
	}
}

// TestBoundsOfTexts are those that a contract may have, in the order in which they are said.
func TestBoundsOfTexts(t *testing.T) {
	const blank, invalid, tooLong = "This value should not be blank.", "This value is not valid.", "This value is too long. It should have 3 characters or less."
	for name, row := range map[string]struct {
		text  apiclient.Text
		value string
		want  string
	}{
		"no bounds":                        {apiclient.Text{}, "", ""},
		"blank":                            {apiclient.Text{MinLength: 1}, " ", blank},
		"blank is said first":              {apiclient.Text{MinLength: 1, MaxLength: 3, Pattern: "^x$"}, "    ", blank},
		"characters count":                 {apiclient.Text{MaxLength: 3}, "äöü", ""},
		"too long":                         {apiclient.Text{MaxLength: 3, Pattern: "^x$"}, "äöüß", tooLong},
		"pattern":                          {apiclient.Text{Pattern: "^a+$"}, "aab", invalid},
		"pattern that is kept":             {apiclient.Text{Pattern: "^a+$"}, "aaa", ""},
		"pattern beside unknown format":    {apiclient.Text{Pattern: "^a+$", Format: "hostname"}, "b", invalid},
		"format":                           {apiclient.Text{Format: "version-constraint"}, "one", invalid},
		"format says more than pattern":    {apiclient.Text{Format: "version-constraint", Pattern: "."}, "one", invalid},
		"format of which nothing is known": {apiclient.Text{Format: "hostname"}, "???", ""},
	} {
		got := ""
		if err := client.CheckText(row.text, row.value); err != nil {
			got = err.Error()
		}
		if got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}
