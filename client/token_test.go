package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/client"
	"github.com/productsupcom/cde/server/faults"
)

// tokens are what a source gave and was asked for.
type tokens struct {
	give    []string
	refused []string
}

func (s *tokens) Token(_ context.Context, refused string) (string, error) {
	s.refused = append(s.refused, refused)
	if len(s.give) == 0 {
		return "", errors.New("the refresh token has expired")
	}
	token := s.give[0]
	s.give = s.give[1:]
	return token, nil
}

// sent returns the tokens that came, in order.
func (d *double) sent() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var sent []string
	for _, r := range d.seen {
		sent = append(sent, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	}
	return sent
}

func TestUnauthorizedIsAnsweredWithAnotherTokenOnce(t *testing.T) {
	refuse := faults.Rule{Fault: faults.Status, Status: 401}
	for name, row := range map[string]struct {
		rules   []faults.Rule
		give    []string
		sent    []string // tokens
		refused []string // what the source was told
		want    string   // kinds
		text    string   // of the error
	}{
		"another token is accepted": {[]faults.Rule{{Fault: faults.Status, Status: 401, Times: 1}}, []string{"old", "new"}, []string{"old", "new"}, []string{"", "old"}, success, ""},
		"another token is refused":  {[]faults.Rule{refuse}, []string{"old", "new"}, []string{"old", "new"}, []string{"", "old"}, "unauthorized", "2 attempts"},
		"the same token again":      {[]faults.Rule{refuse}, []string{"old", "old"}, []string{"old"}, []string{"", "old"}, "unauthorized", "401"},
		"no other token":            {[]faults.Rule{refuse}, []string{"old"}, []string{"old"}, []string{"", "old"}, "unauthorized", "the refresh token has expired"},
		"no token":                  {[]faults.Rule{refuse}, nil, nil, []string{""}, "unauthorized", "not sent: no token: the refresh token has expired"},
		"a token that is none":      {nil, []string{"a b\r\nX: y"}, nil, []string{""}, "unauthorized", "RFC 6750"},
		"a new token for each attempt": {[]faults.Rule{{Fault: faults.Status, Status: 429, Times: 2}},
			[]string{"1", "2", "3"}, []string{"1", "2", "3"}, []string{"", "", ""}, success, ""},
		"renewed between retries": {[]faults.Rule{{Fault: faults.Status, Status: 429, Times: 1}, {Fault: faults.Status, Status: 401, Times: 1}},
			[]string{"1", "2", "3"}, []string{"1", "2", "3"}, []string{"", "", "2"}, success, ""},
		"renewed with one attempt left": {[]faults.Rule{{Fault: faults.Status, Status: 429, Times: 3}, {Fault: faults.Status, Status: 401, Times: 1}},
			[]string{"1", "2", "3", "4", "5"}, []string{"1", "2", "3", "4", "5"}, []string{"", "", "", "", "4"}, success, ""},
	} {
		for method, call := range map[string]operation{"PUT": put, "POST": post} {
			t.Run(name+"/"+method, func(t *testing.T) {
				api := start(t, row.rules...)
				source := &tokens{give: row.give}
				c, _ := api.client(t, client.WithTokenSource(source))
				_, err := call(t.Context(), c)
				if got := kindsOf(err); got != row.want || (err == nil) != (row.want == success) {
					t.Fatalf("%q: %v, want %q", got, err, row.want)
				}
				if err != nil && !strings.Contains(err.Error(), row.text) {
					t.Errorf("%q does not say %q", err, row.text)
				}
				if diff := cmp.Diff(row.sent, api.sent()); diff != "" {
					t.Errorf("tokens sent: %s", diff)
				}
				if diff := cmp.Diff(row.refused, source.refused); diff != "" {
					t.Errorf("tokens asked for: %s", diff)
				}
			})
		}
	}
}

// TestRedirectsAreNotFollowed, so that no token, and no PUT turned into a GET, reaches another host.
func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s, token %q", r.Method, r.URL, r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	api := start(t, faults.Rule{Fault: faults.Redirect, Status: 302, Location: elsewhere.URL})
	mine := &http.Client{Transport: &http.Transport{}}
	defer mine.CloseIdleConnections()
	c, _ := api.client(t, client.WithToken("t0k3n"), client.WithHTTPClient(mine))
	var response client.Response
	if _, err := put(t.Context(), c, client.WithResponseInto(&response)); kindsOf(err) != unexpected {
		t.Errorf("%v", err)
	}
	if response.StatusCode != 302 || response.Header.Get("Location") != elsewhere.URL {
		t.Errorf("response %+v", response)
	}
	if mine.CheckRedirect != nil {
		t.Error("the caller's http.Client was changed")
	}
}

func TestTokensThatAreNoneAreRefused(t *testing.T) {
	for _, token := range []string{"", "=", "a b", "a\nb", "tökén", "a=b", "\x00"} {
		if _, err := client.New(client.WithToken(token)); err == nil || (token != "" && strings.Contains(err.Error(), token) && token != "=") {
			t.Errorf("%q: error %v, want one that does not tell it", token, err)
		}
	}
	for _, token := range []string{"a", "eyJh.eyJp.c2ln-_", "a+/~==", "a="} {
		if _, err := client.New(client.WithToken(token)); err != nil {
			t.Errorf("%q: %v", token, err)
		}
	}
}

// TestCachedTokensAreFetchedOnce: many calls, one of them after another refused, and one fetch for all.
func TestCachedTokensAreFetchedOnce(t *testing.T) {
	var fetches atomic.Int32
	cached := client.CachedTokens(func(context.Context) (string, time.Time, error) {
		return fmt.Sprintf("token-%d", fetches.Add(1)), time.Now().Add(time.Hour), nil
	})
	for round := 1; round <= 3; round++ {
		refused := ""
		if round > 1 {
			refused = fmt.Sprintf("token-%d", round-1)
		}
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				token, err := cached.Token(t.Context(), refused)
				if want := fmt.Sprintf("token-%d", round); err != nil || token != want {
					t.Errorf("%s, %v; want %s", token, err, want)
				}
			})
		}
		all.Wait()
	}
	if fetches.Load() != 3 {
		t.Errorf("%d fetches for 150 calls, want 3", fetches.Load())
	}
}

func TestCachedTokensExpire(t *testing.T) {
	for name, row := range map[string]struct {
		expires time.Time
		fetches int
	}{
		"never":        {time.Time{}, 1},
		"in an hour":   {time.Now().Add(time.Hour), 1},
		"in 20 s":      {time.Now().Add(20 * time.Second), 3},
		"long expired": {time.Now().Add(-time.Hour), 3},
	} {
		fetches := 0
		cached := client.CachedTokens(func(context.Context) (string, time.Time, error) {
			fetches++
			return "t", row.expires, nil
		})
		for range 3 {
			if _, err := cached.Token(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
		}
		if fetches != row.fetches {
			t.Errorf("%s: %d fetches, want %d", name, fetches, row.fetches)
		}
	}
}

// hanging is a fetch that hangs until it is told how to end.
type hanging struct {
	started chan context.Context
	end     chan error
	calls   atomic.Int32
}

func newHanging() *hanging {
	return &hanging{started: make(chan context.Context, 10), end: make(chan error, 10)}
}

func (h *hanging) fetch(ctx context.Context) (string, time.Time, error) {
	n := h.calls.Add(1)
	h.started <- ctx
	select {
	case err := <-h.end:
		return fmt.Sprintf("token-%d", n), time.Time{}, err
	case <-ctx.Done():
		return "", time.Time{}, ctx.Err()
	}
}

// ask asks a source in the background.
func ask(ctx context.Context, source client.TokenSource) <-chan string {
	answer := make(chan string, 1)
	go func() {
		token, err := source.Token(ctx, "")
		if err != nil {
			token = err.Error()
		}
		answer <- token
	}()
	return answer
}

// TestFailedFetchFailsAllThatWait, and not the next call.
func TestFailedFetchFailsAllThatWait(t *testing.T) {
	h := newHanging()
	cached := client.CachedTokens(h.fetch)
	first := ask(t.Context(), cached)
	<-h.started
	left, leave := context.WithCancel(t.Context())
	leave()
	if got := <-ask(left, cached); got != "context canceled" {
		t.Errorf("who leaves: %s", got)
	}
	h.end <- errors.New("the identity provider is down")
	if got := <-first; got != "the identity provider is down" {
		t.Errorf("who fetched: %s", got)
	}
	h.end <- nil
	if got := <-ask(t.Context(), cached); got != "token-2" {
		t.Errorf("who comes next: %s", got)
	}
}

// TestEndedFetchFailsNobodyElse: the call that fetched for all was ended.
func TestEndedFetchFailsNobodyElse(t *testing.T) {
	h := newHanging()
	cached := client.CachedTokens(h.fetch)
	ctx, cancel := context.WithCancel(t.Context())
	first := ask(ctx, cached)
	<-h.started
	second := ask(t.Context(), cached)
	cancel()
	if got := <-first; got != "context canceled" {
		t.Errorf("who was ended: %s", got)
	}
	h.end <- nil
	if got := <-second; got != "token-2" {
		t.Errorf("who waited: %s", got)
	}
}

// TestPrintedClientsTellNoToken: a client ends up in a log by accident.
func TestPrintedClientsTellNoToken(t *testing.T) {
	cached := client.CachedTokens(func(context.Context) (string, time.Time, error) { return "t0k3n", time.Time{}, nil })
	if _, err := cached.Token(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	for _, option := range []client.Option{client.WithToken("t0k3n"), client.WithTokenSource(cached)} {
		c, err := client.New(option)
		if err != nil {
			t.Fatal(err)
		}
		if text := fmt.Sprintf("%v %+v %#v %+v", c, c, c, *c); strings.Contains(text, "t0k3n") || !strings.Contains(text, client.Production) {
			t.Error(text)
		}
	}
}
