package client_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/client"
)

// answering returns a client of a server that gives one answer.
func answering(t *testing.T, status int, media, body string, options ...client.Option) *client.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		w.Header().Set("X-Request-Id", "r-7")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	c, err := client.New(append([]client.Option{client.WithBaseURL(server.URL), client.WithRetry(client.RetryPolicy{MaxAttempts: 1})}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestErrorsSayWhoSpokeAndWhat(t *testing.T) {
	const js = "application/json"
	long := strings.Repeat("x", 5000)
	for _, row := range []struct {
		status      int
		media, body string
		kinds       string
		want        client.Error
		text        string
	}{
		{400, js, `{"message":"Bad request.","errors":{"version-constraint":"This value should not be blank.","image":"This value is not valid."}}`, "invalid request",
			client.Error{From: client.FromAPI, Message: "Bad request.", Fields: map[string]string{"version-constraint": "This value should not be blank.", "image": "This value is not valid."}},
			"UpdateContainerAPIVersion: the API answered 400: Bad request. [image: This value is not valid.] [version-constraint: This value should not be blank.] (request id r-7)"},
		{400, js, `{"message":"Bad request.","errors":[]}`, "invalid request",
			client.Error{From: client.FromAPI, Message: "Bad request."}, "UpdateContainerAPIVersion: the API answered 400: Bad request. (request id r-7)"},
		{400, "application/json; charset=utf-8", `{"message":"Transition is not allowed, entity is building.","errors":[]}`, "not allowed now",
			client.Error{From: client.FromAPI, Message: "Transition is not allowed, entity is building."},
			"UpdateContainerAPIVersion: the API answered 400: Transition is not allowed, entity is building. (request id r-7)"},
		{401, js, `{"message":"You have to be authorized to access this resource."}`, "unauthorized",
			client.Error{From: client.FromAPI, Message: "You have to be authorized to access this resource."},
			"UpdateContainerAPIVersion: the API answered 401: You have to be authorized to access this resource. (request id r-7)"},
		{403, js, `{"message":"Access denied for user."}`, "forbidden",
			client.Error{From: client.FromAPI, Message: "Access denied for user."}, "UpdateContainerAPIVersion: the API answered 403: Access denied for user. (request id r-7)"},
		{404, js, `{"message":"Connector not found."}`, "not found",
			client.Error{From: client.FromAPI, Message: "Connector not found."}, "UpdateContainerAPIVersion: the API answered 404: Connector not found. (request id r-7)"},
		{404, "text/html", "<h1>no such page</h1>", unexpected,
			client.Error{From: client.FromWire, Message: "Not Found", Body: []byte("<h1>no such page</h1>")},
			`UpdateContainerAPIVersion: status 404, not in the API's words: Not Found: media type "text/html", want application/json (request id r-7)`},
		{404, js, `{"message":""}`, unexpected,
			client.Error{From: client.FromWire, Message: "Not Found", Body: []byte(`{"message":""}`)},
			"UpdateContainerAPIVersion: status 404, not in the API's words: Not Found: no message (request id r-7)"},
		{400, js, `{"message":"Bad request.","errors":["what?"]}`, unexpected,
			client.Error{From: client.FromWire, Message: "Bad Request", Body: []byte(`{"message":"Bad request.","errors":["what?"]}`)},
			"UpdateContainerAPIVersion: status 400, not in the API's words: Bad Request: errors: a filled array, want an object or [] (request id r-7)"},
		{200, js, `{"message":"successful operation"}`, "outcome unknown, " + unexpected,
			client.Error{From: client.FromWire, Message: "the answer is not what the contract documents"},
			"UpdateContainerAPIVersion: status 200, not in the API's words: the answer is not what the contract documents: no data; the outcome is unknown (request id r-7)"},
		{403, "text/plain", long, unexpected,
			client.Error{From: client.FromWire, Message: "Forbidden", Body: []byte(long[:4096])},
			`UpdateContainerAPIVersion: status 403, not in the API's words: Forbidden: media type "text/plain", want application/json (request id r-7)`},
		{403, js, `{"message":"two\nlines and \u001b[31mred"}`, "forbidden",
			client.Error{From: client.FromAPI, Message: "two lines and  [31mred"}, "UpdateContainerAPIVersion: the API answered 403: two lines and  [31mred (request id r-7)"},
	} {
		_, err := put(t.Context(), answering(t, row.status, row.media, row.body))
		var failure *client.Error
		if !errors.As(err, &failure) {
			t.Errorf("%d %s: %v is no *client.Error", row.status, row.body, err)
			continue
		}
		got := client.Error{From: failure.From, Message: failure.Message, Fields: failure.Fields, Body: failure.Body}
		if row.want.Body == nil {
			got.Body = nil
		}
		if diff := cmp.Diff(row.want, got, cmp.AllowUnexported(client.Error{})); diff != "" {
			t.Errorf("%d %s: %s", row.status, row.body, diff)
		}
		if kindsOf(err) != row.kinds || failure.StatusCode != row.status || failure.Attempts != 1 || failure.RequestID != "r-7" || failure.Operation != "UpdateContainerAPIVersion" {
			t.Errorf("%d %s: kinds %q of %+v", row.status, row.body, kindsOf(err), failure)
		}
		if err.Error() != row.text {
			t.Errorf("%d %s:\n got %s\nwant %s", row.status, row.body, err, row.text)
		}
	}
}

func TestAnswerLongerThanAllowed(t *testing.T) {
	var response client.Response
	_, err := put(t.Context(), answering(t, 200, "application/json", version1, client.WithMaxResponseBytes(10)), client.WithResponseInto(&response))
	if kindsOf(err) != "outcome unknown, "+unexpected || !strings.Contains(err.Error(), "longer than 10 bytes") || string(response.Body) != version1[:10] {
		t.Errorf("%v, body %q", err, response.Body)
	}
	if _, err := put(t.Context(), answering(t, 200, "application/json", version1, client.WithMaxResponseBytes(int64(len(version1))))); err != nil {
		t.Errorf("an answer of the length that is allowed: %v", err)
	}
}

// TestAnswerThatUnpacksToMoreThanAllowed counts what is unpacked, not what is sent.
func TestAnswerThatUnpacksToMoreThanAllowed(t *testing.T) {
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, _ = zip.Write(bytes.Repeat([]byte(" "), 1<<20))
	_ = zip.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	}))
	defer server.Close()
	c, err := client.New(client.WithBaseURL(server.URL), client.WithMaxResponseBytes(int64(2*packed.Len())))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := put(t.Context(), c); kindsOf(err) != "outcome unknown, "+unexpected || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("%v", err)
	}
}

// TestWrongTypeKeepsTheAnswer: what cannot be decoded is still there for whoever wants to see it.
func TestWrongTypeKeepsTheAnswer(t *testing.T) {
	const body = `{"message":"successful operation","data":{"name":7}}`
	var response client.Response
	_, err := put(t.Context(), answering(t, 200, "application/json", body), client.WithResponseInto(&response))
	var wrong *json.UnmarshalTypeError
	if kindsOf(err) != "outcome unknown, "+unexpected || !errors.As(err, &wrong) || string(response.Body) != body || response.StatusCode != 200 {
		t.Errorf("%v, response %+v", err, response)
	}
}

// TestEndedCalls: a context that ends is what the error says, and a change that may have been made is not denied.
func TestEndedCalls(t *testing.T) {
	arrived, leave := make(chan struct{}, 1), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		arrived <- struct{}{}
		select {
		case <-leave:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(leave)
	c, err := client.New(client.WithBaseURL(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]operation{"PUT": put, "POST": post} {
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			<-arrived
			cancel(errors.New("the user pressed Ctrl-C"))
		}()
		_, err := call(ctx, c)
		var failure *client.Error
		if !errors.As(err, &failure) || !errors.Is(err, context.Canceled) || kindsOf(err) != "outcome unknown" || failure.Attempts != 1 || failure.From != client.FromClient {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.Contains(err.Error(), "Ctrl-C") {
			t.Errorf("%s: %q does not say why", name, err)
		}
		if _, err := call(ctx, c); !errors.Is(err, context.Canceled) || kindsOf(err) != "" {
			t.Errorf("%s with a context that has ended: %v", name, err)
		}
	}
	deadline, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	if _, err := post(deadline, c); !errors.Is(err, context.DeadlineExceeded) || kindsOf(err) != "" {
		t.Errorf("deadline: %v", err)
	}
}

// TestLogsTellNoSecrets, neither the client's own nor an error that is logged.
func TestLogsTellNoSecrets(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Value.Kind() == slog.KindDuration {
			return slog.Attr{}
		}
		return a
	}}))
	c := answering(t, 429, "application/json", `{"message":"slow down"}`, client.WithToken("t0k3n"), client.WithLogger(logger))
	_, err := put(t.Context(), c)
	if got, want := log.String(), `{"level":"DEBUG","msg":"attempt","operation":"UpdateContainerAPIVersion","method":"PUT","attempt":1,"verdict":"again","status":429,"request_id":"r-7"}`+"\n"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	log.Reset()
	logger.Error("failed", "error", err)
	if got, want := log.String(), `{"level":"ERROR","msg":"failed","error":{"operation":"UpdateContainerAPIVersion","from":"api","message":"slow down","attempts":1,"status":429,"request_id":"r-7","kinds":["rate limited"]}}`+"\n"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestRetryAfterIsInTheError(t *testing.T) {
	for text, want := range map[string]time.Duration{"120": 2 * time.Minute, "": 0, "-1": 0, "1.5": 0, "99999999999999999999": 365 * 24 * time.Hour} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", text)
			w.WriteHeader(429)
		}))
		c, err := client.New(client.WithBaseURL(server.URL), client.WithRetry(client.RetryPolicy{MaxAttempts: 1}))
		if err != nil {
			t.Fatal(err)
		}
		_, err = put(t.Context(), c)
		var failure *client.Error
		if !errors.As(err, &failure) || failure.RetryAfter != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
		server.Close()
	}
}
