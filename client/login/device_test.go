package login_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/productsupcom/cde/client/login"
)

// TestDevice polls in earnest: an issuer cannot ask for less than a second between two questions.
func TestDevice(t *testing.T) {
	lose := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	pending := giveError(400, "authorization_pending")
	asked := map[string]any{"device_code": "secret-device", "user_code": "BCDF-\x1bGHJK", "verification_uri": "https://id.example/device", "expires_in": 60, "interval": 1}
	rows := map[string]struct {
		asked   map[string]any
		answers []http.HandlerFunc
		is      error
		text    string // of the error, "" if there is none
	}{
		"at once":             {nil, []http.HandlerFunc{giveTokens("first")}, nil, ""},
		"after a while":       {nil, []http.HandlerFunc{pending, giveTokens("first")}, nil, ""},
		"after a lost answer": {nil, []http.HandlerFunc{lose, giveTokens("first")}, nil, ""},
		"denied":              {nil, []http.HandlerFunc{giveError(400, "access_denied")}, login.ErrDenied, "access_denied"},
		"ended":               {nil, []http.HandlerFunc{giveError(400, "expired_token")}, login.ErrSignInNeeded, "expired_token"},
		"time is over":        {map[string]any{"expires_in": 1}, []http.HandlerFunc{pending, pending}, login.ErrSignInNeeded, "nobody typed the code in"},
		"page is not https":   {map[string]any{"verification_uri": "http://id.example/device"}, nil, nil, "https is required"},
		"page is a script":    {map[string]any{"verification_uri": "javascript:alert(1)"}, nil, nil, "is not an address"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := startIssuer(t)
			mux := http.NewServeMux()
			mux.Handle("POST /token", i.Config.Handler)
			mux.HandleFunc("POST /device", func(w http.ResponseWriter, r *http.Request) {
				if r.FormValue("client_id") != "cde" || r.FormValue("scope") != "cde" {
					t.Errorf("asked %v", r.Form)
				}
				answer := map[string]any{}
				for _, members := range []map[string]any{asked, row.asked} {
					for name, value := range members {
						answer[name] = value
					}
				}
				answerJSON(w, 200, answer)
			})
			i.Config.Handler = mux
			var mu sync.Mutex
			i.answer = func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				next := row.answers[0]
				row.answers = row.answers[1:]
				mu.Unlock()
				next(w, r)
			}
			var talk strings.Builder
			flow := login.Flow{Issuer: i.metadata(), ClientID: "cde", Scopes: []string{"cde"}, Talk: &talk}
			session, err := flow.Device(t.Context())
			if row.text == "" && (err != nil || session.AccessToken != "first-access") ||
				row.text != "" && (err == nil || !strings.Contains(err.Error(), row.text) || row.is != nil && !errors.Is(err, row.is)) {
				t.Errorf("%v, %v, want %q", session, err, row.text)
			}
			if row.answers != nil && !strings.Contains(talk.String(), "https://id.example/device\n  BCDF- GHJK") {
				t.Errorf("told %q", talk.String())
			}
			if err != nil && strings.Contains(err.Error(), "secret-device") {
				t.Errorf("the device code is shown: %v", err)
			}
		})
	}
}

func TestDeviceIsNotOffered(t *testing.T) {
	flow := login.Flow{Issuer: login.Issuer{Name: "https://id.example"}, ClientID: "cde"}
	if _, err := flow.Device(t.Context()); err == nil || !strings.Contains(err.Error(), "offers no sign-in on another device") {
		t.Errorf("%v", err)
	}
}
