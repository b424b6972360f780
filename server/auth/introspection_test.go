package auth_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/productsupcom/cde/server/auth"
)

func withIntrospection(c *auth.Config) {
	c.Introspection = &auth.Introspection{ClientID: "cde", ClientSecret: "s:cret"}
}

func goodAnswer(now time.Time) object {
	return goodClaims(now).add("active", "true").add("token_type", `"Bearer"`).add("scope", `"cde read"`)
}

func TestIntrospectionAnswers(t *testing.T) {
	now := time.Now()
	good := goodAnswer(now)
	for _, row := range []struct {
		name   string
		code   int
		answer string
		status int
	}{
		{"active", 200, good.String(), 200},
		{"no exp", 200, good.drop("exp").String(), 200},
		{"no iss", 200, good.drop("iss").String(), 200},
		{"no token_type", 200, good.drop("token_type").String(), 200},
		{"not active", 200, `{"active":false}`, 401},
		{"not active, all else good", 200, good.set("active", "false").String(), 401},
		{"active as string", 200, good.set("active", `"true"`).String(), 401},
		{"active missing", 200, good.drop("active").String(), 401},
		{"expired", 200, good.set("exp", seconds(now.Add(-time.Minute))).String(), 401},
		{"of another issuer", 200, good.set("iss", `"https://other.example"`).String(), 401},
		{"for another audience", 200, good.set("aud", `"other"`).String(), 401},
		{"for no audience", 200, good.drop("aud").String(), 401},
		{"bound to a key", 200, good.set("token_type", `"DPoP"`).String(), 401},
		{"no subject", 200, good.drop("sub").String(), 401},
		{"exp as string", 200, good.set("exp", `"1"`).String(), 401},
		{"active twice", 200, good.add("active", "true").String(), 503},
		{"Active for active", 200, good.drop("active").add("Active", "true").String(), 503},
		{"not JSON", 200, `<html>`, 503},
		{"a list", 200, `[]`, 503},
		{"our credentials refused", 401, `{}`, 503},
		{"broken", 500, good.String(), 503},
	} {
		t.Run(row.name, func(t *testing.T) {
			issuer := newIssuer()
			issuer.answer = func(string) (int, string) { return row.code, row.answer }
			a := newAuthenticator(t, issuer, withIntrospection)
			if row.status != http.StatusOK {
				e := refused(t, a, "opaque", row.status)
				if strings.Contains(e.Error(), "opaque") || strings.Contains(e.Error(), "cret") {
					t.Errorf("the error holds a secret: %v", e)
				}
				return
			}
			caller, err := a.Authenticate(request("opaque"))
			if err != nil || caller.Subject != subject || len(caller.Scopes) != 2 {
				t.Errorf("caller %+v, %v", caller, err)
			}
		})
	}
}

// A good answer is relied on for ten seconds, and never beyond the end of the token.
func TestIntrospectionIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := newIssuer()
		active := true
		issuer.answer = func(string) (int, string) {
			if !active {
				return 200, `{"active":false}`
			}
			return 200, goodAnswer(begun()).set("exp", seconds(begun().Add(time.Hour))).String()
		}
		a := newAuthenticator(t, issuer, withIntrospection)
		if err := a.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			accepted(t, a, "opaque")
		}
		issuer.change(func(*fakeIssuer) { active = false })
		time.Sleep(9 * time.Second)
		accepted(t, a, "opaque")
		if issuer.questions != 1 {
			t.Errorf("%d questions, want 1", issuer.questions)
		}
		time.Sleep(2 * time.Second)
		refused(t, a, "opaque", http.StatusUnauthorized)
	})
}

// An answer is not relied on beyond the end of the token, the leeway included.
func TestIntrospectionEndsWithTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := newIssuer()
		end := begun().Add(-25 * time.Second)
		issuer.answer = func(string) (int, string) {
			return 200, goodAnswer(end).set("exp", seconds(end)).String()
		}
		a := newAuthenticator(t, issuer, withIntrospection)
		accepted(t, a, "opaque")
		time.Sleep(4 * time.Second)
		accepted(t, a, "opaque")
		time.Sleep(2 * time.Second)
		refused(t, a, "opaque", http.StatusUnauthorized)
	})
}

// What is remembered is bounded: with room for four, the last two are there and the first is not.
func TestWhatIsRememberedIsBounded(t *testing.T) {
	issuer := newIssuer()
	issuer.answer = func(string) (int, string) { return 200, goodAnswer(time.Now()).String() }
	a := newAuthenticator(t, issuer, withIntrospection, func(c *auth.Config) { c.CacheSize = 4 })
	for n := range 20 {
		accepted(t, a, fmt.Sprint("token-", n))
	}
	for _, row := range []struct {
		token     string
		questions int
	}{{"token-19", 20}, {"token-18", 20}, {"token-0", 21}} {
		if accepted(t, a, row.token); issuer.questions != row.questions {
			t.Errorf("%s: %d questions, want %d", row.token, issuer.questions, row.questions)
		}
	}
}

// However many tokens come, only so many questions are under way; and the issuer being down is a 503.
func TestIntrospectionIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := newIssuer()
		issuer.answer = func(string) (int, string) { return 200, `{"active":false}` }
		a := newAuthenticator(t, issuer, withIntrospection)
		refused(t, a, "first", http.StatusUnauthorized)
		issuer.change(func(i *fakeIssuer) { i.delay = time.Second })
		before := time.Now()
		var wg sync.WaitGroup
		for n := range 320 {
			wg.Go(func() { _, _ = a.Authenticate(request(fmt.Sprint("token-", n))) })
		}
		wg.Wait()
		if took := time.Since(before); took != 10*time.Second { // 320 questions, 32 at once, a second each
			t.Errorf("320 questions of a second took %v, want 10 s", took)
		}
		issuer.change(func(i *fakeIssuer) { i.down = true })
		refused(t, a, "last", http.StatusServiceUnavailable)
	})
}

func TestIntrospectionIsNotReadyWithoutTheIssuer(t *testing.T) {
	issuer := newIssuer()
	issuer.down = true
	a := newAuthenticator(t, issuer, withIntrospection)
	if err := a.Ready(t.Context()); err == nil {
		t.Error("ready")
	}
}
