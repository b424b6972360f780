package client_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/client"
	"github.com/productsupcom/cde/server/faults"
)

// kinds are all sentinels, so that a test can say which an error is and which it is not.
var kinds = []error{client.ErrInvalidRequest, client.ErrNotAllowed, client.ErrUnauthorized, client.ErrForbidden, client.ErrNotFound,
	client.ErrRateLimited, client.ErrUnavailable, client.ErrOutcomeUnknown, client.ErrUnexpectedResponse}

// kindsOf lists the kinds of an error, "" for none.
func kindsOf(err error) string {
	var names []string
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			names = append(names, kind.Error())
		}
	}
	return strings.Join(names, ", ")
}

const (
	success     = ""
	unavailable = "unavailable"
	unknown     = "unavailable, outcome unknown"
	unexpected  = "unexpected response"
)

// TestRetryMatrix meets the first attempt with a fault and lets the next one pass. A call that may be repeated is, and
// succeeds at the second attempt; one that may not ends after the first, as the kind that it is.
func TestRetryMatrix(t *testing.T) {
	status := func(status int) faults.Rule { return faults.Rule{Fault: faults.Status, Status: status} }
	after := func(rule faults.Rule, retryAfter string) faults.Rule {
		rule.RetryAfter = retryAfter
		return rule
	}
	for _, row := range []struct {
		name      string
		rule      faults.Rule
		put, post string // how the call ends: success, by a second attempt, or as these kinds, by the first
	}{
		{"reset before the work", faults.Rule{Fault: faults.Reset}, success, unknown},
		{"reset after the work", faults.Rule{Fault: faults.Reset, When: faults.After}, success, unknown},
		{"attempt timeout", faults.Rule{Fault: faults.Slow, Delay: faults.MaxDelay}, success, unknown},
		{"attempt timeout after the work", faults.Rule{Fault: faults.Slow, When: faults.After, Delay: faults.MaxDelay}, success, unknown},
		{"truncated success", faults.Rule{Fault: faults.Truncate}, success, unknown},
		{"408", status(408), success, success},
		{"425", status(425), success, success},
		{"429", status(429), success, success},
		{"408 with Retry-After", after(status(408), "3"), success, success},
		{"425 with Retry-After", after(status(425), "3"), success, success},
		{"429 with Retry-After", after(status(429), "3"), success, success},
		{"503 with Retry-After", after(status(503), "3"), success, success},
		{"503 with Retry-After 0", after(status(503), "0"), success, success},
		{"503 with a Retry-After that is none", after(status(503), "soon"), success, unknown},
		{"503", status(503), success, unknown},
		{"500", status(500), success, unknown},
		{"500 with Retry-After", after(status(500), "3"), success, unknown},
		{"502", status(502), success, unknown},
		{"504", status(504), success, unknown},
		{"502 of a proxy", faults.Rule{Fault: faults.HTML, Status: 502}, success, unknown},
		{"429 of a proxy", faults.Rule{Fault: faults.HTML, Status: 429}, success, success},
		{"301", faults.Rule{Fault: faults.Redirect, Status: 301}, unexpected, unexpected},
		{"302", faults.Rule{Fault: faults.Redirect, Status: 302}, unexpected, unexpected},
		{"303", faults.Rule{Fault: faults.Redirect, Status: 303}, unexpected, unexpected},
		{"307", faults.Rule{Fault: faults.Redirect, Status: 307}, unexpected, unexpected},
		{"308", faults.Rule{Fault: faults.Redirect, Status: 308}, unexpected, unexpected},
		{"redirect to no address", faults.Rule{Fault: faults.Redirect, Location: "http://[::1"}, unexpected, unexpected},
		{"400", status(400), "not allowed now", "not allowed now"},
		{"401 without another token", status(401), "unauthorized", "unauthorized"},
		{"403", status(403), "forbidden", "forbidden"},
		{"404", status(404), "not found", "not found"},
		{"405", status(405), "invalid request", "invalid request"},
		{"409", status(409), unexpected, unexpected},
		{"413", status(413), "invalid request", "invalid request"},
		{"415", status(415), "invalid request", "invalid request"},
		{"422", status(422), unexpected, unexpected},
		{"403 of a proxy", faults.Rule{Fault: faults.HTML, Status: 403}, unexpected, unexpected},
		{"404 of a proxy", faults.Rule{Fault: faults.HTML, Status: 404}, unexpected, unexpected},
		{"501", status(501), "outcome unknown, " + unexpected, "outcome unknown, " + unexpected},
		{"200 that is HTML", faults.Rule{Fault: faults.HTML, Status: 200}, "outcome unknown, " + unexpected, "outcome unknown, " + unexpected},
		{"200 without data", status(200), "outcome unknown, " + unexpected, "outcome unknown, " + unexpected},
		{"201", status(201), "outcome unknown, " + unexpected, "outcome unknown, " + unexpected},
		{"204", status(204), "outcome unknown, " + unexpected, "outcome unknown, " + unexpected},
		{"Retry-After longer than allowed, 429", after(status(429), "31"), "rate limited", "rate limited"},
		{"Retry-After longer than allowed, 503", after(status(503), "31"), unavailable, unavailable},
		{"Retry-After a date, longer than allowed", after(status(503), "Mon, 11 May 2026 12:00:31 GMT"), unavailable, unavailable},
		{"Retry-After a date", after(status(503), "Mon, 11 May 2026 12:00:30 GMT"), success, success},
		{"Retry-After a date in the past", after(status(503), "Mon, 11 May 2026 11:00:00 GMT"), success, success},
		{"Retry-After of more digits than a number has", after(status(503), strings.Repeat("9", 40)), unavailable, unavailable},
	} {
		for method, call := range map[string]struct {
			operation
			want string
		}{"PUT": {put, row.put}, "POST": {post, row.post}} {
			t.Run(row.name+"/"+method, func(t *testing.T) {
				t.Parallel()
				rule := row.rule
				rule.Times = 1
				api := start(t, rule)
				c, clock := api.client(t, client.WithAttemptTimeout(attemptTimeout(row.rule)))
				var response client.Response
				_, err := call.operation(t.Context(), c, client.WithResponseInto(&response))
				if got := kindsOf(err); got != call.want || (err == nil) != (call.want == success) {
					t.Fatalf("%q (%v), want %q", got, err, call.want)
				}
				attempts := 1
				if call.want == success {
					attempts = 2
				}
				if seen, _ := api.counts(); seen != attempts || response.Attempts != attempts {
					t.Errorf("%d requests, %d attempts reported; want %d", seen, response.Attempts, attempts)
				}
				if len(clock.slept) != attempts-1 {
					t.Errorf("waited %v, want %d waits", clock.slept, attempts-1)
				}
				if row.rule.RetryAfter == "3" && attempts == 2 && clock.slept[0] < 3*time.Second {
					t.Errorf("waited %s, want the 3s asked for at least", clock.slept[0])
				}
			})
		}
	}
}

// attemptTimeout is short where the server would be slow, and does not matter elsewhere.
func attemptTimeout(rule faults.Rule) time.Duration {
	if rule.Fault == faults.Slow {
		return 3 * time.Second
	}
	return time.Minute
}

// TestRefusedBeforeTheHeadersWereWritten fails the first connection for real: nothing was sent, so that both operations
// are repeated.
func TestRefusedBeforeTheHeadersWereWritten(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	hungUp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer hungUp.Close()
	go func() {
		for {
			conn, err := hungUp.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	var dialer net.Dialer
	for name, first := range map[string]func(ctx context.Context) (net.Conn, error){
		"dial": func(ctx context.Context) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", closed.Addr().String())
		},
		"DNS": func(context.Context) (net.Conn, error) {
			return nil, &net.DNSError{Err: "no such host", Name: "cde.example"}
		},
		"TLS": func(ctx context.Context) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", hungUp.Addr().String())
		},
	} {
		for method, call := range map[string]operation{"PUT": put, "POST": post} {
			t.Run(name+"/"+method, func(t *testing.T) {
				api := start(t)
				secure := httptest.NewTLSServer(api.Config.Handler)
				defer secure.Close()
				var dials atomic.Int32
				transport := secure.Client().Transport.(*http.Transport).Clone()
				transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
					if dials.Add(1) == 1 {
						return first(ctx)
					}
					return dialer.DialContext(ctx, network, addr)
				}
				c, clock := api.client(t, client.WithBaseURL(secure.URL), client.WithHTTPClient(&http.Client{Transport: transport}))
				if _, err := call(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				if seen, worked := api.counts(); seen != 1 || worked != 1 || dials.Load() != 2 || len(clock.slept) != 1 {
					t.Errorf("%d requests, %d worked on, %d dials, waits %v", seen, worked, dials.Load(), clock.slept)
				}
			})
		}
	}
}

// TestNobodyAnswers ends after all attempts; nothing was sent, so that the outcome is known.
func TestNobodyAnswers(t *testing.T) {
	api := start(t)
	api.Close()
	c, clock := api.client(t, client.WithRetry(client.RetryPolicy{MaxAttempts: 3}))
	_, err := post(t.Context(), c)
	var failure *client.Error
	if !errors.As(err, &failure) || kindsOf(err) != unavailable || failure.From != client.FromWire || failure.Attempts != 3 || failure.StatusCode != 0 {
		t.Errorf("%+v", err)
	}
	if len(clock.slept) != 2 {
		t.Errorf("waits %v", clock.slept)
	}
}

// TestRetryMatrixOverHTTP2: streams are reset there, not connections, and net/http repeats some requests by itself.
func TestRetryMatrixOverHTTP2(t *testing.T) {
	for name, row := range map[string]struct {
		rule faults.Rule
		post string
	}{
		"reset before the work": {faults.Rule{Fault: faults.Reset, Times: 1}, unknown},
		"reset after the work":  {faults.Rule{Fault: faults.Reset, When: faults.After, Times: 1}, unknown},
		"truncated success":     {faults.Rule{Fault: faults.Truncate, Times: 1}, unknown},
		"429":                   {faults.Rule{Fault: faults.Status, Status: 429, Times: 1}, success},
		"500":                   {faults.Rule{Fault: faults.Status, Status: 500, Times: 1}, unknown},
	} {
		for method, call := range map[string]struct {
			operation
			want string
		}{"PUT": {put, success}, "POST": {post, row.post}} {
			t.Run(name+"/"+method, func(t *testing.T) {
				api := start(t, row.rule)
				secure := httptest.NewUnstartedServer(api.Config.Handler)
				secure.EnableHTTP2 = true
				secure.StartTLS()
				defer secure.Close()
				c, _ := api.client(t, client.WithBaseURL(secure.URL), client.WithHTTPClient(secure.Client()))
				_, err := call.operation(t.Context(), c)
				if got := kindsOf(err); got != call.want || (err == nil) != (call.want == success) {
					t.Errorf("%q (%v), want %q", got, err, call.want)
				}
				attempts := 1
				if call.want == success {
					attempts = 2
				}
				if seen, _ := api.counts(); seen != attempts || api.seen[0].ProtoMajor != 2 {
					t.Errorf("%d requests over %s, want %d", seen, api.seen[0].Proto, attempts)
				}
			})
		}
	}
}

// roundTripper is a transport that knows nothing of httptrace.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestTransportThatTellsNothing: without knowing whether the request was written, a rollback is not repeated.
func TestTransportThatTellsNothing(t *testing.T) {
	api := start(t)
	c, _ := api.client(t, client.WithHTTPClient(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		return nil, errors.New("lost in a tunnel")
	})}))
	if _, err := post(t.Context(), c); kindsOf(err) != unknown {
		t.Errorf("%v", err)
	}
}

func TestAllAttemptsFail(t *testing.T) {
	for _, row := range []struct {
		rule faults.Rule
		want string
	}{
		{faults.Rule{Fault: faults.Status, Status: 500}, unknown},
		{faults.Rule{Fault: faults.Reset}, unknown},
		{faults.Rule{Fault: faults.Status, Status: 429}, "rate limited"},
		{faults.Rule{Fault: faults.Status, Status: 503, RetryAfter: "1"}, unavailable},
	} {
		api := start(t, row.rule)
		c, clock := api.client(t)
		_, err := put(t.Context(), c)
		var failure *client.Error
		if !errors.As(err, &failure) || kindsOf(err) != row.want || failure.Attempts != 4 {
			t.Errorf("%+v: %v", row.rule, err)
		}
		if seen, _ := api.counts(); seen != 4 || len(clock.slept) != 3 {
			t.Errorf("%+v: %d requests, waits %v", row.rule, seen, clock.slept)
		}
	}
}

// TestDoubtOutlivesTheAnswer: the first attempt's answer was lost, the second is refused: the first may have been made.
func TestDoubtOutlivesTheAnswer(t *testing.T) {
	api := start(t, faults.Rule{Fault: faults.Reset, When: faults.After, Times: 1}, faults.Rule{Fault: faults.Status, Status: 400})
	c, _ := api.client(t)
	_, err := put(t.Context(), c)
	if kindsOf(err) != "not allowed now, outcome unknown" || !strings.Contains(err.Error(), "the outcome is unknown") {
		t.Errorf("%v", err)
	}
}

func TestRetryAfterPastTheDeadlineEndsTheCallNow(t *testing.T) {
	api := start(t, faults.Rule{Fault: faults.Status, Status: 503, RetryAfter: "20"})
	c, clock := api.client(t)
	clock.at = time.Now() // deadlines are compared with the client's clock
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	for _, call := range []operation{put, post} {
		_, err := call(ctx, c)
		var failure *client.Error
		if !errors.As(err, &failure) || failure.RetryAfter != 20*time.Second || failure.Attempts != 1 || kindsOf(err) != unavailable || len(clock.slept) != 0 {
			t.Errorf("%v, waits %v", err, clock.slept)
		}
		if !strings.Contains(err.Error(), "retry after 20s") {
			t.Errorf("%q does not say when to come back", err)
		}
	}
}

func TestWaitsAreFullJitter(t *testing.T) {
	policy := client.RetryPolicy{BaseDelay: 100 * time.Millisecond, MaxDelay: time.Second}
	var got []string
	for n := 1; n <= 6; n++ {
		low := client.Delay(policy, n, 0, func() float64 { return 0 })
		high := client.Delay(policy, n, 0, func() float64 { return 1 })
		asked := client.Delay(policy, n, 3*time.Second, func() float64 { return 0.5 })
		got = append(got, fmt.Sprintf("%s..%s, asked for 3s: %s", low, high, asked))
	}
	want := []string{
		"0s..100ms, asked for 3s: 3.05s", "0s..200ms, asked for 3s: 3.1s", "0s..400ms, asked for 3s: 3.2s",
		"0s..800ms, asked for 3s: 3.4s", "0s..1s, asked for 3s: 3.5s", "0s..1s, asked for 3s: 3.5s",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBudgetBoundsTheRetriesOfAllCalls(t *testing.T) {
	api := start(t, faults.Rule{Fault: faults.Status, Status: 503, RetryAfter: "0", Times: 9})
	c, _ := api.client(t, client.WithRetry(client.RetryPolicy{MaxAttempts: 3, Budget: 5}))
	var attempts []int
	for range 5 {
		var response client.Response
		_, _ = put(t.Context(), c, client.WithResponseInto(&response))
		attempts = append(attempts, response.Attempts)
	}
	// Two calls spend four retries, the third the last one; the fourth has none and the fifth finds the API well.
	if diff := cmp.Diff([]int{3, 3, 2, 1, 1}, attempts); diff != "" {
		t.Error(diff)
	}
	for range 9 { // with the fifth call, ten successes give one retry back
		if _, err := put(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if err := api.faults.Set(faults.Script{Rules: []faults.Rule{{Fault: faults.Status, Status: 503, RetryAfter: "0"}}}); err != nil {
		t.Fatal(err)
	}
	var response client.Response
	if _, err := put(t.Context(), c, client.WithResponseInto(&response)); err == nil || response.Attempts != 2 {
		t.Errorf("%d attempts, want one retry", response.Attempts)
	}
}
