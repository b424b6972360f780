// Package login signs a person in to the CDE API and keeps them signed in: OAuth 2.0 with the authorization code and PKCE
// in a browser (RFC 6749, 7636, 8252, 9207), or with a code to type in on another device (RFC 8628).
//
// [FindIssuer] and [Discover] learn from the API and its issuer what there is to know, [Flow] signs in, and [Source] is
// a client.TokenSource that renews tokens for as long as the issuer allows.
package login

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"golang.org/x/oauth2"
)

// What kind of failure an error is; errors.Is finds them.
var (
	// ErrSignInNeeded: nobody is signed in, or the issuer wants to see them again.
	ErrSignInNeeded = errors.New("sign-in needed")
	// ErrDenied: the person, or the issuer, said no.
	ErrDenied = errors.New("sign-in was denied")
	// ErrUnavailable: the issuer cannot be reached or cannot answer now.
	ErrUnavailable = errors.New("the issuer is unavailable")
)

// failure is an error of this package: one of the kinds above, if any, and a sentence.
type failure struct {
	kind  error // may be nil
	text  string
	cause error // of the network; may be nil
}

// Error returns the sentence, and the cause.
func (f *failure) Error() string {
	if f.cause != nil {
		return f.text + ": " + f.cause.Error()
	}
	return f.text
}

// Unwrap returns the kind and the cause.
func (f *failure) Unwrap() []error {
	var all []error
	for _, err := range []error{f.kind, f.cause} {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}

// NotSignedIn is an [ErrSignInNeeded] that says why, for a [Keeper].
func NotSignedIn(why string) error { return &failure{kind: ErrSignInNeeded, text: why} }

// Cause returns what this package has to say in a chain of errors, nil if nothing.
func Cause(err error) error {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// explain says what an OAuth request came to. Nothing of what was sent or received but the issuer's error code and its
// description is in the text.
func explain(what string, err error) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		var address *url.Error
		if errors.As(err, &address) {
			err = address.Err
		}
		return &failure{ErrUnavailable, what, err}
	}
	if status := refused.Response.StatusCode; refused.ErrorCode == "" {
		if status >= 500 || status == http.StatusTooManyRequests {
			return &failure{ErrUnavailable, fmt.Sprintf("%s: the issuer answered %d", what, status), nil}
		}
		return &failure{nil, fmt.Sprintf("%s: the issuer answered %d without an OAuth error", what, status), nil}
	}
	return refusal(what, refused.ErrorCode, refused.ErrorDescription)
}

// refusal is an error code of RFC 6749 sections 4.1.2.1 and 5.2 or RFC 8628 section 3.5.
func refusal(what, code, description string) error {
	text := what + ": " + clean(code)
	if description != "" {
		text += " (" + clean(description) + ")"
	}
	switch code {
	case "access_denied":
		return &failure{ErrDenied, text, nil}
	case "invalid_grant", "expired_token", "login_required", "interaction_required", "consent_required":
		return &failure{ErrSignInNeeded, text, nil}
	case "temporarily_unavailable", "server_error":
		return &failure{ErrUnavailable, text, nil}
	}
	return &failure{nil, text, nil}
}

// clean makes text from the network fit for one line of a terminal.
func clean(text string) string {
	const most = 300
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}

// checkURL accepts https, and plain http on loopback.
func checkURL(what, address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "":
		return &failure{text: fmt.Sprintf("%s %q is not an address", what, clean(address))}
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return &failure{text: fmt.Sprintf("%s %q: https is required", what, clean(address))}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// httpClient bounds a client in time and follows no redirects, which could carry codes and tokens elsewhere.
func httpClient(own *http.Client) *http.Client {
	var bounded http.Client
	if own != nil {
		bounded = *own
	}
	if bounded.Timeout == 0 {
		bounded.Timeout = 30 * time.Second
	}
	bounded.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &bounded
}
