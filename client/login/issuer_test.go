package login_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/productsupcom/cde/client/login"
)

// issuer is one that does as a test says: its token endpoint answers with answer.
type issuer struct {
	*httptest.Server
	answer http.HandlerFunc

	mu        sync.Mutex
	forms     []url.Values // what the token endpoint was asked
	challenge string       // of the authorization request, which tests hand over
}

func startIssuer(t *testing.T) *issuer {
	i := &issuer{answer: giveTokens("first")}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		i.mu.Lock()
		i.forms = append(i.forms, r.PostForm)
		i.mu.Unlock()
		i.answer(w, r)
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) metadata() login.Issuer {
	return login.Issuer{
		Name: i.URL, Authorization: i.URL + "/authorize", Token: i.URL + "/token", Device: i.URL + "/device",
		Revocation: i.URL + "/revoke", AnswersWithIss: true,
	}
}

// asked are the forms that the token endpoint got.
func (i *issuer) asked() []url.Values {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.forms
}

// giveTokens answers with tokens that are named after name, good for an hour.
func giveTokens(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, http.StatusOK, map[string]any{
			"access_token": name + "-access", "refresh_token": name + "-refresh", "token_type": "bearer", "expires_in": 3600,
		})
	}
}

// giveError answers as RFC 6749 section 5.2 says, and shows the request, as issuers should not.
func giveError(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		answerJSON(w, status, map[string]any{"error": code, "error_description": "as the test wants", "request": r.PostForm.Encode()})
	}
}

func answerJSON(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(document)
}

// jwt is an unsigned one: who reads it here does not verify it.
func jwt(subject string) string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	return part(`{"alg":"none"}`) + "." + part(fmt.Sprintf(`{"sub":%q}`, subject)) + "."
}

// fits says whether a PKCE verifier belongs to a challenge (RFC 7636 section 4.6).
func fits(verifier, challenge string) bool {
	digest := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(digest[:]) == challenge
}

// get opens a page.
func get(t *testing.T, address string) (int, http.Header, string) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Error(err)
		return 0, nil, ""
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return response.StatusCode, response.Header, string(page)
}
