package login

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"golang.org/x/oauth2"
)

// Flow is one sign-in: with whom, for what, and how to talk to the person.
type Flow struct {
	Issuer   Issuer   // from [Discover]
	ClientID string   // a public client: there is no secret
	Scopes   []string // see [ChooseScopes]
	Resource string   // the API that the tokens are for (RFC 8707); may be empty

	// OpenBrowser shows a page to the person. If it fails, they are told the address.
	OpenBrowser func(address string) error
	// Talk is where the person is told what to do.
	Talk io.Writer
	// HTTP asks the issuer; nil for one that gives up after 30 seconds.
	HTTP *http.Client
	// Timeout is how long the person may take in the browser; 5 minutes if 0.
	Timeout time.Duration
}

// config is the flow for x/oauth2. Parameters go into the form: trying out how a client authenticates would ask everything
// twice.
func (f *Flow) config(redirect string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: f.ClientID, RedirectURL: redirect, Scopes: f.Scopes,
		Endpoint: oauth2.Endpoint{
			AuthURL: f.Issuer.Authorization, TokenURL: f.Issuer.Token, DeviceAuthURL: f.Issuer.Device,
			AuthStyle: oauth2.AuthStyleInParams,
		},
	}
}

// resource is the parameter of RFC 8707, if it is wanted.
func (f *Flow) resource(options ...oauth2.AuthCodeOption) []oauth2.AuthCodeOption {
	if f.Resource != "" {
		options = append(options, oauth2.SetAuthURLParam("resource", f.Resource))
	}
	return options
}

// context carries the HTTP client to x/oauth2.
func (f *Flow) context(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, httpClient(f.HTTP))
}

// session is what the issuer's answer comes to.
func (f *Flow) session(token *oauth2.Token) (Session, error) {
	if token.Type() != "Bearer" {
		return Session{}, &failure{text: fmt.Sprintf("the issuer gave a token of type %q, want Bearer", clean(token.Type()))}
	}
	s := Session{
		Issuer: f.Issuer.Name, TokenURL: f.Issuer.Token, Revocation: f.Issuer.Revocation,
		ClientID: f.ClientID, Resource: f.Resource,
	}
	return s.with(token), nil
}
