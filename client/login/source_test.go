package login_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/productsupcom/cde/client"
	"github.com/productsupcom/cde/client/login"
)

var _ client.TokenSource = (*login.Source)(nil)

// drawer keeps a session in memory. Several sources that share one are as several processes.
type drawer struct {
	mu      sync.Mutex
	session *login.Session
	lock    chan struct{} // of capacity 1
	saveErr error
}

func newDrawer(s login.Session) *drawer { return &drawer{session: &s, lock: make(chan struct{}, 1)} }

func (d *drawer) Load() (login.Session, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.session == nil {
		return login.Session{}, login.NotSignedIn("nobody is signed in")
	}
	return *d.session, nil
}

func (d *drawer) Save(s login.Session) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.session = &s
	return d.saveErr
}

func (d *drawer) Lock(ctx context.Context) (func(), error) {
	select {
	case d.lock <- struct{}{}:
		return func() { <-d.lock }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

var now = time.Now() // golang.org/x/oauth2 reckons by the system's clock

func clock() time.Time { return now }

// old is a session whose access token ends so long after now.
func old(i *issuer, left time.Duration) login.Session {
	return login.Session{
		Issuer: i.URL, TokenURL: i.URL + "/token", Revocation: i.URL + "/revoke", ClientID: "cde",
		AccessToken: "old-access", RefreshToken: "old-refresh", Expiry: now.Add(left),
	}
}

func TestSourceRenewsInTime(t *testing.T) {
	rows := map[string]struct {
		left    time.Duration
		refused string
		want    string
	}{
		"good":                  {time.Hour, "", "old-access"},
		"good, another refused": {time.Hour, "another", "old-access"},
		"refused":               {time.Hour, "old-access", "first-access"},
		"about to end":          {30 * time.Second, "", "first-access"},
		"ended":                 {-time.Hour, "", "first-access"},
		"ended and refused":     {-time.Hour, "old-access", "first-access"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			i := startIssuer(t)
			drawer := newDrawer(old(i, row.left))
			source := &login.Source{Keeper: drawer, Now: clock}
			got, err := source.Token(t.Context(), row.refused)
			if err != nil || got != row.want {
				t.Fatalf("%q, %v, want %q", got, err, row.want)
			}
			if row.want == "old-access" {
				if len(i.asked()) != 0 {
					t.Errorf("the issuer was asked %v", i.asked())
				}
				return
			}
			form := i.asked()[0]
			if form.Get("grant_type") != "refresh_token" || form.Get("refresh_token") != "old-refresh" || form.Get("client_id") != "cde" {
				t.Errorf("asked %v", form)
			}
			if kept := drawer.session; kept.RefreshToken != "first-refresh" || kept.AccessToken != "first-access" {
				t.Errorf("kept %q and %q", kept.AccessToken, kept.RefreshToken)
			}
		})
	}
}

// TestSourceRenewsOnce has many callers in several processes find the token refused: one of them renews it.
func TestSourceRenewsOnce(t *testing.T) {
	i := startIssuer(t)
	drawer := newDrawer(old(i, time.Hour))
	var all sync.WaitGroup
	for range 4 {
		source := &login.Source{Keeper: drawer, Now: clock}
		for range 8 {
			all.Go(func() {
				if got, err := source.Token(t.Context(), "old-access"); err != nil || got != "first-access" {
					t.Errorf("%q, %v", got, err)
				}
			})
		}
	}
	all.Wait()
	if got := len(i.asked()); got != 1 {
		t.Errorf("renewed %d times", got)
	}
}

func TestSourceKeepsARefreshTokenThatIsNotReplaced(t *testing.T) {
	i := startIssuer(t)
	i.answer = func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 200, map[string]any{"access_token": "new", "token_type": "Bearer"})
	}
	drawer := newDrawer(old(i, 0))
	source := &login.Source{Keeper: drawer, Now: clock}
	if got, err := source.Token(t.Context(), ""); err != nil || got != "new" || drawer.session.RefreshToken != "old-refresh" {
		t.Errorf("%q, %v, kept %q", got, err, drawer.session.RefreshToken)
	}
}

// TestSourceFinishesWhatItBegan has the call end while the issuer answers: the new refresh token is kept all the same.
func TestSourceFinishesWhatItBegan(t *testing.T) {
	i := startIssuer(t)
	ctx, cancel := context.WithCancel(t.Context())
	i.answer = func(w http.ResponseWriter, r *http.Request) {
		cancel()
		giveTokens("first")(w, r)
	}
	drawer := newDrawer(old(i, 0))
	source := &login.Source{Keeper: drawer, Now: clock}
	if _, err := source.Token(ctx, ""); err != nil || drawer.session.RefreshToken != "first-refresh" {
		t.Errorf("%v, kept %q", err, drawer.session.RefreshToken)
	}
	if _, err := source.Token(ctx, "first-access"); !errors.Is(err, context.Canceled) || len(i.asked()) != 1 {
		t.Errorf("after the end: %v, asked %d times", err, len(i.asked()))
	}
}

func TestSourceFailures(t *testing.T) {
	rows := map[string]struct {
		change func(*issuer, *drawer)
		is     error
		text   string
	}{
		"nobody is signed in": {func(_ *issuer, d *drawer) { d.session = nil }, login.ErrSignInNeeded, "nobody is signed in"},
		"no refresh token":    {func(_ *issuer, d *drawer) { d.session.RefreshToken = "" }, login.ErrSignInNeeded, "has ended"},
		"session ended":       {func(i *issuer, _ *drawer) { i.answer = giveError(400, "invalid_grant") }, login.ErrSignInNeeded, "invalid_grant"},
		"issuer is down":      {func(i *issuer, _ *drawer) { i.Close() }, login.ErrUnavailable, "renewing the sign-in"},
		"issuer has trouble":  {func(i *issuer, _ *drawer) { i.answer = giveError(503, "") }, login.ErrUnavailable, "503"},
		"cannot be kept":      {func(_ *issuer, d *drawer) { d.saveErr = errors.New("disk full") }, nil, "disk full"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			i := startIssuer(t)
			drawer := newDrawer(old(i, 0))
			row.change(i, drawer)
			source := &login.Source{Keeper: drawer, Now: clock}
			got, err := source.Token(t.Context(), "")
			if err == nil || got != "" || row.is != nil && !errors.Is(err, row.is) || !strings.Contains(err.Error(), row.text) {
				t.Errorf("%q, %v, want %q", got, err, row.text)
			}
			if strings.Contains(err.Error(), "old-refresh") {
				t.Errorf("the refresh token is shown: %v", err)
			}
		})
	}
}

// TestSourceSeesANewSignIn has a session end and somebody sign in again, in another process.
func TestSourceSeesANewSignIn(t *testing.T) {
	i := startIssuer(t)
	i.answer = giveError(400, "invalid_grant")
	drawer := newDrawer(old(i, 0))
	source := &login.Source{Keeper: drawer, Now: clock}
	if _, err := source.Token(t.Context(), ""); !errors.Is(err, login.ErrSignInNeeded) {
		t.Fatal(err)
	}
	fresh := old(i, time.Hour)
	fresh.AccessToken = "fresh"
	if err := drawer.Save(fresh); err != nil {
		t.Fatal(err)
	}
	if got, err := source.Token(t.Context(), ""); err != nil || got != "fresh" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestSessionIsASecret(t *testing.T) {
	s := old(startIssuer(t), 0)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "session", s)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "session", &s)
	shown := fmt.Sprintf("%v %+v %#v %s", s, s, s, &s) + log.String()
	if strings.Contains(shown, "old-") {
		t.Errorf("tokens are shown: %s", shown)
	}
	back, err := login.DecodeSession(s.Encode())
	if err != nil || !back.Expiry.Equal(s.Expiry) || back.RefreshToken != s.RefreshToken || back.AccessToken != s.AccessToken {
		t.Errorf("%v after Encode, %v", back, err)
	}
	for _, text := range []string{"", "{}", "[]", `{"access_token":"x"}`, "old-access"} {
		if _, err := login.DecodeSession(text); err == nil || strings.Contains(err.Error(), "old-") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestRevoke(t *testing.T) {
	rows := map[string]struct {
		status int
		change func(*login.Session)
		want   string // the token that is given up
		is     error
	}{
		"refresh token": {200, func(*login.Session) {}, "old-refresh", nil},
		"access token":  {200, func(s *login.Session) { s.RefreshToken = "" }, "old-access", nil},
		"not wanted":    {200, func(s *login.Session) { s.Revocation = "" }, "", nil},
		"down":          {503, func(*login.Session) {}, "old-refresh", login.ErrUnavailable},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			i := startIssuer(t)
			var got string
			i.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got = r.PostFormValue("token")
				if r.URL.Path != "/revoke" || r.PostFormValue("client_id") != "cde" {
					t.Errorf("%s %v", r.URL, r.PostForm)
				}
				w.WriteHeader(row.status)
			})
			s := old(i, 0)
			row.change(&s)
			if err := login.Revoke(t.Context(), nil, s); !errors.Is(err, row.is) || got != row.want {
				t.Errorf("%v, gave up %q, want %q", err, got, row.want)
			}
		})
	}
}
