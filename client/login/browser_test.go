package login_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/productsupcom/cde/client/login"
)

// page is what a browser was shown in the end.
type page struct {
	status int
	header http.Header
	text   string
}

// browse signs in; the browser comes back at once with what answer makes of the authorization request.
func browse(t *testing.T, i *issuer, answer func(asked url.Values) url.Values) (login.Session, page, error) {
	t.Helper()
	shown := make(chan page, 1)
	flow := login.Flow{Issuer: i.metadata(), ClientID: "cde", Scopes: []string{"openid", "cde"}, Resource: "https://cde.example", Talk: io.Discard}
	flow.OpenBrowser = func(address string) error {
		asked, err := url.Parse(address)
		if err != nil {
			return err
		}
		query := asked.Query()
		i.challenge = query.Get("code_challenge")
		go func() {
			status, header, text := get(t, query.Get("redirect_uri")+"?"+answer(query).Encode())
			shown <- page{status, header, text}
		}()
		return nil
	}
	session, err := flow.Browser(t.Context())
	select {
	case page := <-shown:
		return session, page, err
	case <-time.After(10 * time.Second):
		t.Fatal("the browser was left without a page")
		return session, page{}, err
	}
}

// right is the answer of an issuer that does everything right.
func right(i *issuer) func(url.Values) url.Values {
	return func(asked url.Values) url.Values {
		return url.Values{"code": {"the-code"}, "state": asked["state"], "iss": {i.URL}}
	}
}

func TestBrowser(t *testing.T) {
	i := startIssuer(t)
	i.answer = func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, http.StatusOK, map[string]any{"access_token": jwt("somebody"), "refresh_token": "r", "token_type": "Bearer", "expires_in": 60})
	}
	var asked url.Values
	session, page, err := browse(t, i, func(query url.Values) url.Values {
		asked = query
		return right(i)(query)
	})
	if err != nil {
		t.Fatal(err)
	}
	if session.Subject != "somebody" || session.RefreshToken != "r" || session.Issuer != i.URL || time.Until(session.Expiry) > time.Minute {
		t.Errorf("session of %s with %s until %s", session.Subject, session.Issuer, session.Expiry)
	}
	if page.status != http.StatusOK || !strings.Contains(page.text, "You are signed in") {
		t.Errorf("page %d\n%s", page.status, page.text)
	}
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "cde", "scope": "openid cde", "code_challenge_method": "S256", "resource": "https://cde.example",
	} {
		if got := asked.Get(name); got != want {
			t.Errorf("authorization request: %s=%q, want %q", name, got, want)
		}
	}
	if redirect := asked.Get("redirect_uri"); !strings.HasPrefix(redirect, "http://127.0.0.1:") || strings.HasPrefix(redirect, "http://127.0.0.1:0/") {
		t.Errorf("redirect_uri %q", redirect)
	}
	forms := i.asked()
	if len(forms) != 1 {
		t.Fatalf("the token endpoint was asked %d times", len(forms))
	}
	if !fits(forms[0].Get("code_verifier"), i.challenge) {
		t.Error("the verifier is not the challenge's")
	}
	for name, want := range map[string]string{
		"grant_type": "authorization_code", "code": "the-code", "client_id": "cde", "redirect_uri": asked.Get("redirect_uri"), "resource": "https://cde.example",
	} {
		if got := forms[0].Get(name); got != want {
			t.Errorf("token request: %s=%q, want %q", name, got, want)
		}
	}
}

func TestBrowserRefusesWrongAnswers(t *testing.T) {
	rows := map[string]struct {
		change func(url.Values)
		is     error // nil for no kind
		text   string
	}{
		"another issuer":      {func(v url.Values) { v.Set("iss", "https://evil.example") }, nil, "another issuer"},
		"no issuer":           {func(v url.Values) { v.Del("iss") }, nil, "another issuer"},
		"no code":             {func(v url.Values) { v.Del("code") }, nil, "no code"},
		"two codes":           {func(v url.Values) { v.Add("code", "another") }, nil, `"code" twice`},
		"denied":              {func(v url.Values) { v.Set("error", "access_denied") }, login.ErrDenied, "access_denied"},
		"the issuer is down":  {func(v url.Values) { v.Set("error", "temporarily_unavailable") }, login.ErrUnavailable, "temporarily_unavailable"},
		"a script":            {func(v url.Values) { v.Set("error", "<script>") }, nil, "<script>"},
		"a terminal's escape": {func(v url.Values) { v.Set("error", "\x1b[31m") }, nil, " [31m"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			i := startIssuer(t)
			_, page, err := browse(t, i, func(asked url.Values) url.Values {
				answer := right(i)(asked)
				row.change(answer)
				return answer
			})
			if err == nil || row.is != nil && !errors.Is(err, row.is) || !strings.Contains(err.Error(), row.text) {
				t.Errorf("error %v, want %q", err, row.text)
			}
			if page.status != http.StatusBadRequest || !strings.Contains(page.text, "Not signed in") || strings.Contains(page.text, "<script>") {
				t.Errorf("page %d\n%s", page.status, page.text)
			}
			if policy := page.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
				t.Errorf("policy %q", policy)
			}
			if got := i.asked(); len(got) != 0 {
				t.Errorf("the token endpoint was asked %v", got)
			}
		})
	}
}

// TestBrowserWaitsForItsOwnAnswer has answers with another state come first: they are shown the door, and the right one
// still counts.
func TestBrowserWaitsForItsOwnAnswer(t *testing.T) {
	i := startIssuer(t)
	session, page, err := browse(t, i, func(asked url.Values) url.Values {
		for _, state := range []string{"", "another", asked.Get("state") + "x"} {
			forged := url.Values{"code": {"evil"}, "state": {state}, "iss": {i.URL}}
			if status, _, text := get(t, asked.Get("redirect_uri")+"?"+forged.Encode()); status != http.StatusBadRequest || !strings.Contains(text, "not for the sign-in") {
				t.Errorf("state %q: page %d\n%s", state, status, text)
			}
		}
		if status, _, _ := get(t, strings.TrimSuffix(asked.Get("redirect_uri"), "/callback")+"/other"); status != http.StatusNotFound {
			t.Errorf("another path: %d", status)
		}
		return right(i)(asked)
	})
	if err != nil || session.AccessToken != "first-access" || page.status != http.StatusOK {
		t.Errorf("%v, %v, page %d", session, err, page.status)
	}
	if forms := i.asked(); len(forms) != 1 || forms[0].Get("code") != "the-code" {
		t.Errorf("exchanged %v", forms)
	}
}

func TestBrowserGivesUp(t *testing.T) {
	i := startIssuer(t)
	flow := login.Flow{Issuer: i.metadata(), ClientID: "cde", Talk: io.Discard, Timeout: time.Nanosecond}
	flow.OpenBrowser = func(string) error { return errors.New("no browser") }
	if _, err := flow.Browser(t.Context()); !errors.Is(err, login.ErrSignInNeeded) || !strings.Contains(err.Error(), "nobody signed in") {
		t.Errorf("after the time: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	flow.Timeout, flow.OpenBrowser = 0, func(string) error { cancel(); return nil }
	if _, err := flow.Browser(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("after a signal: %v", err)
	}
}

// TestBrowserMayTakeFiveMinutes by a clock that does not wait.
func TestBrowserMayTakeFiveMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		if err := login.WaitForNobody(t.Context(), new(login.Flow)); !errors.Is(err, login.ErrSignInNeeded) || time.Since(begin) != 5*time.Minute {
			t.Errorf("after %s: %v", time.Since(begin), err)
		}
	})
}

// TestTokenEndpoint has the exchange fail. Nothing that was sent is in the error, and nothing is sent on to another host.
func TestTokenEndpoint(t *testing.T) {
	elsewhere := startIssuer(t)
	rows := map[string]struct {
		answer http.HandlerFunc
		is     error
		text   string
	}{
		"invalid_grant":  {giveError(400, "invalid_grant"), login.ErrSignInNeeded, "invalid_grant (as the test wants)"},
		"invalid_client": {giveError(401, "invalid_client"), nil, "invalid_client"},
		"server_error":   {giveError(500, "server_error"), login.ErrUnavailable, "server_error"},
		"a page":         {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "the-code", http.StatusBadGateway) }, login.ErrUnavailable, "502"},
		"no page":        {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "the-code", http.StatusNotFound) }, nil, "404"},
		"too many":       {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "the-code", http.StatusTooManyRequests) }, login.ErrUnavailable, "429"},
		"reset":          {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, login.ErrUnavailable, "EOF"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/token", http.StatusTemporaryRedirect)
		}, nil, "307"},
		"another type": {func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 200, map[string]any{"access_token": "secret", "token_type": "mac"})
		}, nil, `type "MAC"`},
		"no token": {func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 200, map[string]any{"token_type": "bearer"})
		}, nil, "access_token"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			i := startIssuer(t)
			i.answer = row.answer
			_, page, err := browse(t, i, right(i))
			if err == nil || row.is != nil && !errors.Is(err, row.is) || !strings.Contains(err.Error(), row.text) {
				t.Fatalf("error %v, want %q", err, row.text)
			}
			for _, secret := range []string{"the-code", "secret", i.asked()[0].Get("code_verifier")} {
				if strings.Contains(err.Error()+page.text, secret) {
					t.Errorf("%q is shown: %v", secret, err)
				}
			}
			if len(i.asked()) != 1 || page.status != http.StatusBadRequest {
				t.Errorf("asked %d times, page %d", len(i.asked()), page.status)
			}
		})
	}
	if got := elsewhere.asked(); len(got) != 0 {
		t.Errorf("another host got %v", got)
	}
}
