package login

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// Keeper keeps a session between runs of a program and lets one process at a time renew it.
type Keeper interface {
	// Load returns the session; the error is [ErrSignInNeeded] if there is none.
	Load() (Session, error)
	// Save replaces it.
	Save(Session) error
	// Lock waits for the right to renew it.
	Lock(ctx context.Context) (unlock func(), err error)
}

// Source gives the access token of a kept session, and renews it in time and when the API refuses it. It is a
// client.TokenSource, safe for concurrent use, also by several processes that share a Keeper: of all that find the token
// old, one renews it and the others take what it got. Refresh tokens that the issuer rotates are kept before anything else is done.
type Source struct {
	Keeper Keeper
	HTTP   *http.Client     // asks the issuer; nil for one that gives up after 30 seconds
	Now    func() time.Time // nil for time.Now

	mu      sync.Mutex
	session Session
}

// Token returns a good access token; refused is one that the API has just answered 401 to, if any. The error is
// [ErrSignInNeeded] if there is no session or it cannot be renewed, [ErrUnavailable] if the issuer does not answer.
func (s *Source) Token(ctx context.Context, refused string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session.AccessToken == "" {
		if err := s.load(); err != nil {
			return "", err
		}
	}
	if s.good(refused) {
		return s.session.AccessToken, nil
	}
	unlock, err := s.Keeper.Lock(ctx)
	if err != nil {
		return "", err
	}
	defer unlock()
	if err := s.load(); err != nil { // another process may have been faster
		return "", err
	}
	if s.good(refused) {
		return s.session.AccessToken, nil
	}
	if err := s.renew(ctx); err != nil {
		return "", err
	}
	return s.session.AccessToken, nil
}

func (s *Source) load() (err error) {
	s.session, err = s.Keeper.Load()
	return err
}

// good reports whether the access token can be sent.
func (s *Source) good(refused string) bool {
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	return s.session.fresh(now()) && s.session.AccessToken != refused
}

// renew asks for new tokens and keeps them. It does not end with ctx: once the question is out, the old refresh token may
// be worth nothing, and an answer that is not kept signs the person out.
func (s *Source) renew(ctx context.Context) error {
	if s.session.RefreshToken == "" {
		return &failure{ErrSignInNeeded, "the sign-in has ended", nil}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithValue(context.WithoutCancel(ctx), oauth2.HTTPClient, httpClient(s.HTTP))
	config := &oauth2.Config{
		ClientID: s.session.ClientID,
		Endpoint: oauth2.Endpoint{TokenURL: s.session.TokenURL, AuthStyle: oauth2.AuthStyleInParams},
	}
	token, err := config.TokenSource(ctx, &oauth2.Token{RefreshToken: s.session.RefreshToken}).Token()
	if err != nil {
		err = explain("renewing the sign-in", err)
		if errors.Is(err, ErrSignInNeeded) {
			s.session = Session{} // so that a new one is seen when it is there
		}
		return err
	}
	s.session = s.session.with(token)
	return s.Keeper.Save(s.session)
}

// Revoke tells the issuer that the session has ended (RFC 7009), if it wants to know. The session should be forgotten
// whatever comes of it.
func Revoke(ctx context.Context, client *http.Client, session Session) error {
	token, hint := session.RefreshToken, "refresh_token"
	if token == "" {
		token, hint = session.AccessToken, "access_token"
	}
	if session.Revocation == "" {
		return nil
	}
	form := url.Values{"token": {token}, "token_type_hint": {hint}, "client_id": {session.ClientID}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, session.Revocation, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := httpClient(client).Do(request)
	if err != nil {
		return explain("ending the sign-in", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return &failure{ErrUnavailable, "ending the sign-in: the issuer answered " + response.Status, nil}
	}
	return nil
}
