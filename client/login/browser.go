package login

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
)

// callbackPath is where the issuer sends the browser back to.
const callbackPath = "/callback"

// Browser signs in with the authorization code and PKCE (RFC 7636, S256): the person does it on the issuer's page, which
// sends the browser back to a port of this machine that is open for nothing else. An answer with another `state` is not
// for this sign-in and changes nothing; one with another `iss` (RFC 9207) ends it.
func (f *Flow) Browser(ctx context.Context) (Session, error) {
	if f.Issuer.Authorization == "" {
		return Session{}, &failure{text: fmt.Sprintf("issuer %q has no page to sign in on", f.Issuer.Name)}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return Session{}, fmt.Errorf("a port for the browser's answer: %w", err)
	}
	wait := &callback{flow: f, state: rand.Text(), answer: make(chan answer, 1)}
	server := &http.Server{Handler: wait, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	defer closeSoon(server)

	config := f.config("http://" + listener.Addr().String() + callbackPath)
	verifier := oauth2.GenerateVerifier()
	address := config.AuthCodeURL(wait.state, f.resource(oauth2.S256ChallengeOption(verifier))...)
	fmt.Fprintf(f.Talk, "Sign in on the page that opens in your browser. If none does, open this address:\n\n  %s\n\n", address)
	if f.OpenBrowser != nil {
		if err := f.OpenBrowser(address); err != nil {
			fmt.Fprintf(f.Talk, "The browser could not be opened: %s.\n", clean(err.Error()))
		}
	}
	return wait.finish(ctx, func(code string) (Session, error) {
		token, err := config.Exchange(f.context(ctx), code, f.resource(oauth2.VerifierOption(verifier))...)
		if err != nil {
			return Session{}, explain("exchanging the code for a token", err)
		}
		return f.session(token)
	})
}

// closeSoon lets the last page get out, but no browser that holds a connection open holds up the end.
func closeSoon(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		_ = server.Close()
	}
}

// answer is what the browser brought back.
type answer struct {
	code string
	err  error
	page chan error // what the sign-in came to, for the page that the browser waits for
}

// callback waits for the browser.
type callback struct {
	flow     *Flow
	state    string
	answered atomic.Bool
	answer   chan answer
}

// finish waits for the answer, exchanges its code, and lets the browser show how it went.
func (c *callback) finish(ctx context.Context, exchange func(code string) (Session, error)) (Session, error) {
	timeout := c.flow.Timeout
	if timeout == 0 {
		timeout = 5 * time.Minute
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return Session{}, ctx.Err()
	case <-timer.C:
		return Session{}, &failure{ErrSignInNeeded, fmt.Sprintf("nobody signed in within %s", timeout), nil}
	case got := <-c.answer:
		session, err := Session{}, got.err
		if err == nil {
			session, err = exchange(got.code)
		}
		got.page <- err
		return session, err
	}
}

// ServeHTTP takes the browser's answer, once.
func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != callbackPath || r.Method != http.MethodGet {
		http.NotFound(w, r)
		return
	}
	query := r.URL.Query()
	if subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(c.state)) != 1 {
		writePage(w, http.StatusBadRequest, errors.New("this answer is not for the sign-in that is waiting (state)"))
		return
	}
	if !c.answered.CompareAndSwap(false, true) {
		writePage(w, http.StatusBadRequest, errors.New("this sign-in was answered already"))
		return
	}
	got := answer{page: make(chan error, 1)}
	got.code, got.err = c.read(query)
	c.answer <- got
	select {
	case err := <-got.page:
		status := http.StatusOK
		if err != nil {
			status = http.StatusBadRequest
		}
		writePage(w, status, err)
	case <-r.Context().Done():
	}
}

// read checks an answer of RFC 6749 section 4.1.2 whose state is right.
func (c *callback) read(query url.Values) (code string, err error) {
	for name, values := range query {
		if len(values) > 1 {
			return "", &failure{text: fmt.Sprintf("the issuer's answer has %q twice", clean(name))}
		}
	}
	issuer, named := query.Get("iss"), query.Has("iss")
	if named && issuer != c.flow.Issuer.Name || !named && c.flow.Issuer.AnswersWithIss {
		return "", &failure{text: fmt.Sprintf("the answer came from another issuer, %q (iss)", clean(issuer))}
	}
	if query.Has("error") {
		return "", refusal("signing in", query.Get("error"), query.Get("error_description"))
	}
	if query.Get("code") == "" {
		return "", &failure{text: "the issuer's answer has no code"}
	}
	return query.Get("code"), nil
}
