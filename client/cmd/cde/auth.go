package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/productsupcom/cde/client"
	"github.com/productsupcom/cde/client/login"
	"github.com/productsupcom/cde/client/tokenstore"
)

// key is what a sign-in and kept answers belong to: the API's address, so that neither ever gets to another one.
func (c config) key() string { return strings.TrimRight(c.BaseURL, "/") }

// tokenSource is CDE_TOKEN, else the sign-in.
func (a *app) tokenSource() (client.TokenSource, error) {
	if token := a.getenv("CDE_TOKEN"); token != "" {
		return client.TokenFunc(func(context.Context, string) (string, error) { return token, nil }), nil
	}
	return &login.Source{Keeper: a.keeper()}, nil
}

// keeper keeps the sign-in to the API that is in use.
type keeper struct {
	store *tokenstore.Store
	name  string
}

func (a *app) keeper() keeper {
	dir := a.config.dirs.config
	if dir != "" {
		dir += "/sign-ins"
	}
	store := &tokenstore.Store{Service: "cde", Dir: dir, Notice: func(text string) { a.tell("%s", text) }}
	return keeper{store, a.config.key()}
}

// Load returns the session.
func (k keeper) Load() (login.Session, error) {
	session, _, err := k.find()
	return session, err
}

func (k keeper) find() (login.Session, tokenstore.Place, error) {
	text, place, err := k.store.Get(k.name)
	switch {
	case err == tokenstore.ErrNotFound: //nolint:errorlint // wrapped, it has more to say
		return login.Session{}, "", login.NotSignedIn("nobody is signed in to " + k.name)
	case errors.Is(err, tokenstore.ErrNotFound):
		return login.Session{}, "", login.NotSignedIn("no sign-in to " + k.name + " can be read: " + err.Error())
	}
	if err != nil {
		return login.Session{}, "", err
	}
	session, err := login.DecodeSession(text)
	if err != nil {
		return login.Session{}, "", login.NotSignedIn(err.Error())
	}
	return session, place, nil
}

// Save keeps the session.
func (k keeper) Save(session login.Session) error {
	_, err := k.store.Set(k.name, session.Encode())
	return err
}

// Lock waits for the right to renew it.
func (k keeper) Lock(ctx context.Context) (func(), error) { return k.store.Lock(ctx, k.name) }

func (k keeper) forget() error { return k.store.Delete(k.name) }

func (a *app) authCommand() *cobra.Command {
	group := &cobra.Command{Use: "auth", Short: "Who is signed in", GroupID: "session"}
	group.AddCommand(&cobra.Command{
		Use: "status", Short: "Show who is signed in, where, and until when", Args: arguments(),
		Long: `Show which API the profile means, who is signed in to it, and until when. Nobody is asked: a token that the API would
refuse is not noticed here. The exit code is 4 if nobody is signed in. No token is shown.`,
		RunE: func(*cobra.Command, []string) error { return a.authStatus() },
	})
	return group
}

// status is what `cde auth status` prints.
type status struct {
	Profile  string     `json:"profile,omitempty"` // "" if --base-url leads elsewhere
	BaseURL  string     `json:"base-url"`
	SignedIn bool       `json:"signed-in"`
	Subject  string     `json:"subject,omitempty"`
	Issuer   string     `json:"issuer,omitempty"`
	Kept     string     `json:"kept-in,omitempty"` // keyring, file or CDE_TOKEN
	Expires  *time.Time `json:"token-expires,omitempty"`
	Renews   bool       `json:"renews-itself"`
}

func (a *app) authStatus() error {
	status := status{Profile: a.config.Name, BaseURL: a.config.BaseURL}
	var missing error
	if token := a.getenv("CDE_TOKEN"); token != "" {
		status.SignedIn, status.Kept, status.Subject = true, "CDE_TOKEN", login.Subject(token)
	} else {
		session, place, err := a.keeper().find()
		switch {
		case errors.Is(err, login.ErrSignInNeeded):
			missing = err
		case err != nil:
			return err
		default:
			status.fill(session, place)
		}
		if missing == nil && !status.Renews && status.Expires != nil && time.Now().After(*status.Expires) {
			status.SignedIn, missing = false, login.NotSignedIn("the sign-in has ended")
		}
	}
	return errors.Join(a.printAny(status, status.rows()), missing)
}

func (s *status) fill(session login.Session, place tokenstore.Place) {
	s.SignedIn, s.Kept, s.Subject, s.Issuer = true, string(place), session.Subject, session.Issuer
	s.Renews = session.RefreshToken != ""
	if !session.Expiry.IsZero() {
		expiry := session.Expiry.Truncate(time.Second)
		s.Expires = &expiry
	}
}

func (s *status) rows() [][2]string {
	rows := [][2]string{{"API", s.BaseURL}}
	if s.Profile != "" {
		rows = [][2]string{{"Profile", s.Profile}, rows[0]}
	}
	if !s.SignedIn {
		return append(rows, [2]string{"Signed in", "no"})
	}
	rows = append(rows, [2]string{"Signed in", "yes"}, [2]string{"Kept in", s.Kept})
	for _, row := range [][2]string{{"Subject", s.Subject}, {"Issuer", s.Issuer}} {
		if row[1] != "" {
			rows = append(rows, row)
		}
	}
	switch {
	case s.Renews:
		rows = append(rows, [2]string{"Token", "renews itself"})
	case s.Expires != nil:
		rows = append(rows, [2]string{"Token", "until " + s.Expires.Local().Format(time.DateTime)})
	}
	return rows
}
