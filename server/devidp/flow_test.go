package devidp_test

import (
	"errors"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/productsupcom/cde/server/devidp"
)

// The clients in these tests are golang.org/x/oauth2 and go-oidc: software that knows the protocols and not this provider.

const redirect = "http://127.0.0.1:49152/callback"

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func startWithClock(t testing.TB) (*devidp.Provider, string, *clock) {
	t.Helper()
	clock := &clock{now: time.Now()}
	provider, issuer := start(t, func(c *devidp.Config) { c.Clock = clock.Now })
	return provider, issuer, clock
}

// client finds the provider's endpoints by discovery.
func client(t testing.TB, issuer string) (*oauth2.Config, *oidc.Provider) {
	t.Helper()
	provider, err := oidc.NewProvider(t.Context(), issuer)
	if err != nil {
		t.Fatal(err)
	}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	return &oauth2.Config{ClientID: "cde", RedirectURL: redirect, Endpoint: endpoint, Scopes: []string{"openid", "cde"}}, provider
}

var noRedirects = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([a-z_]+)" value="([^"]*)">`)

// choose opens the sign-in page at address, picks persona and gives the answer to that.
func choose(t testing.TB, address, persona string) *http.Response {
	t.Helper()
	response, err := noRedirects.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("sign-in page: %d %v\n%s", response.StatusCode, err, body)
	}
	hidden := hiddenField.FindSubmatch(body)
	action := regexp.MustCompile(`action="([^"]*)"`).FindSubmatch(body)
	if hidden == nil || action == nil {
		t.Fatalf("no form on the page:\n%s", body)
	}
	target, err := response.Request.URL.Parse(html.UnescapeString(string(action[1])))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := noRedirects.PostForm(target.String(), url.Values{string(hidden[1]): {html.UnescapeString(string(hidden[2]))}, "persona": {persona}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

// signIn goes through the page and gives what the client gets in its redirect.
func signIn(t testing.TB, address, persona string) url.Values {
	t.Helper()
	answer := choose(t, address, persona)
	location, err := answer.Location()
	if answer.StatusCode != http.StatusSeeOther || err != nil || !strings.HasPrefix(location.String(), redirect+"?") {
		t.Fatalf("after the page: %d %v %v", answer.StatusCode, location, err)
	}
	return location.Query()
}

// oauthCode is the error code of an answer to x/oauth2.
func oauthCode(err error) string {
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) {
		return answer.ErrorCode
	}
	return ""
}

func refresh(t testing.TB, config *oauth2.Config, token string) (*oauth2.Token, error) {
	t.Helper()
	return config.TokenSource(t.Context(), &oauth2.Token{RefreshToken: token}).Token()
}

// active asks the introspection endpoint.
func active(t testing.TB, provider *devidp.Provider, issuer, token string) bool {
	t.Helper()
	id, password := provider.ResourceServer()
	status, answer := post(t, issuer+"/introspect", url.Values{"client_id": {id}, "client_secret": {password}, "token": {token}})
	if status != http.StatusOK {
		t.Fatalf("introspection: %d %v", status, answer)
	}
	return answer["active"].(bool)
}

func signedIn(t testing.TB, config *oauth2.Config, persona string) *oauth2.Token {
	t.Helper()
	verifier := oauth2.GenerateVerifier()
	got := signIn(t, config.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), persona)
	token, err := config.Exchange(t.Context(), got.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	return token
}
