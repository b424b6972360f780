package auth_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"github.com/productsupcom/cde/server/auth"
)

// These tests run in a bubble of testing/synctest: its clock moves only when everybody waits, so that a duration is a fact
// about behaviour and not about the machine.

func freshToken() string { return signES(goodHeader("ES256", "es"), goodClaims(time.Now())) }

func accepted(t *testing.T, a *auth.Authenticator, token string) {
	t.Helper()
	if _, err := a.Authenticate(request(token)); err != nil {
		t.Fatalf("a good token is refused: %v", err)
	}
}

func refused(t *testing.T, a *auth.Authenticator, token string, status int) *auth.Error {
	t.Helper()
	_, err := a.Authenticate(request(token))
	e := refusal(t, err)
	if e.Status != status {
		t.Fatalf("got %d (%v), want %d", e.Status, e, status)
	}
	if (status == http.StatusServiceUnavailable) != (e.RetryAfter >= time.Second && e.Challenge == "") {
		t.Fatalf("status %d with Retry-After %v and challenge %q", status, e.RetryAfter, e.Challenge)
	}
	return e
}

// 10,000 tokens with unknown keys at once, while the issuer is slow: one fetch, and good tokens do not wait for it.
func TestStormOfUnknownKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := newIssuer()
		a := newAuthenticator(t, issuer)
		good := freshToken()
		accepted(t, a, good)
		time.Sleep(31 * time.Second)
		issuer.change(func(i *fakeIssuer) { i.delay = 4 * time.Second })

		const senders, each = 100, 100
		var wg sync.WaitGroup
		storm := func(wave int) {
			for sender := range senders {
				wg.Go(func() {
					for n := range each {
						kid := fmt.Sprintf("unknown-%d-%d-%d", wave, sender, n)
						token := b64.EncodeToString([]byte(goodHeader("ES256", kid).String())) + ".e30.c2ln"
						if _, err := a.Authenticate(request(token)); err == nil {
							t.Errorf("%s was accepted", kid)
						}
					}
				})
			}
		}
		storm(1)
		synctest.Wait() // the first of every sender waits for the fetch
		before, other := time.Now(), signES(goodHeader("ES256", "es"), goodClaims(time.Now()).add("x", "1"))
		for range 100 {
			accepted(t, a, good)
			accepted(t, a, other)
		}
		if waited := time.Since(before); waited != 0 {
			t.Errorf("good tokens waited %v during the storm", waited)
		}
		wg.Wait()
		if got := issuer.fetchCount(); got != 2 {
			t.Errorf("%d fetches: want the first and one by the storm", got)
		}
		time.Sleep(25 * time.Second) // 29 s after the fetch began
		storm(2)
		wg.Wait()
		if got := issuer.fetchCount(); got != 2 {
			t.Errorf("%d fetches within 30 s, want no more", got)
		}
		time.Sleep(2 * time.Second)
		storm(3)
		wg.Wait()
		if got := issuer.fetchCount(); got != 3 {
			t.Errorf("%d fetches after 30 s, want one more", got)
		}
	})
}

// Many first requests share one fetch.
func TestFirstRequestsShareOneFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := newIssuer()
		issuer.delay = time.Second
		a := newAuthenticator(t, issuer)
		token := freshToken()
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				if _, err := a.Authenticate(request(token)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := issuer.fetchCount(); got != 1 {
			t.Errorf("%d fetches, want 1", got)
		}
	})
}

// A request that gives up does not end the fetch for the others.
func TestGivingUpEndsNoFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := newIssuer()
		issuer.delay = 2 * time.Second
		a := newAuthenticator(t, issuer)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := a.Authenticate(request(freshToken()).WithContext(ctx)); refusal(t, err).Status != http.StatusServiceUnavailable {
			t.Errorf("got %v, want 503", err)
		}
		accepted(t, a, freshToken())
		if got := issuer.fetchCount(); got != 1 {
			t.Errorf("%d fetches, want 1", got)
		}
	})
}

func TestRotationAndWithdrawal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := newIssuer()
		a := newAuthenticator(t, issuer)
		token := func() string { return freshToken() }
		accepted(t, a, token())
		time.Sleep(time.Minute)

		// A new key comes beside the old one: its first token is good at once.
		issuer.change(func(i *fakeIssuer) {
			i.keys = append(i.keys, jose.JSONWebKey{Key: evilECKey.Public(), KeyID: "next", Algorithm: "ES256"})
		})
		next := sign(jwt.SigningMethodES256, evilECKey, goodHeader("ES256", "next").String(), goodClaims(time.Now()).String())
		accepted(t, a, next)
		accepted(t, a, token())

		// The old key goes: its tokens, remembered ones too, are good for no longer than the maximum age.
		old := signES(goodHeader("ES256", "es"), goodClaims(time.Now()).set("exp", seconds(time.Now().Add(time.Hour))))
		accepted(t, a, old)
		issuer.change(func(i *fakeIssuer) { i.keys = i.keys[3:] })
		time.Sleep(5*time.Minute + time.Second)
		refused(t, a, old, http.StatusUnauthorized)
	})
}

// Under steady traffic a withdrawn key is gone by half the maximum age: keys are fetched behind the requests.
func TestKeysAreFetchedBehindRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := newIssuer()
		a := newAuthenticator(t, issuer)
		accepted(t, a, freshToken())
		issuer.change(func(i *fakeIssuer) { i.delay = 3 * time.Second })
		time.Sleep(2*time.Minute + 31*time.Second)
		before := time.Now()
		accepted(t, a, freshToken())
		if waited := time.Since(before); waited != 0 {
			t.Errorf("the request waited %v", waited)
		}
		time.Sleep(4 * time.Second)
		if got := issuer.fetchCount(); got != 2 {
			t.Errorf("%d fetches, want 2", got)
		}
	})
}

// The issuer puts another key under the same kid: tokens of the old key fall, those of the new one are good.
func TestKeySwappedUnderTheSameKid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := newIssuer()
		a := newAuthenticator(t, issuer)
		old := freshToken()
		accepted(t, a, old)
		time.Sleep(31 * time.Second)
		issuer.change(func(i *fakeIssuer) { i.keys[1].Key = evilECKey.Public() })
		accepted(t, a, sign(jwt.SigningMethodES256, evilECKey, goodHeader("ES256", "es").String(), goodClaims(time.Now()).String()))
		refused(t, a, old, http.StatusUnauthorized)
	})
}

func TestIssuerDownAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := newIssuer()
		issuer.down = true
		a := newAuthenticator(t, issuer)
		if err := a.Ready(t.Context()); err == nil {
			t.Error("ready without keys")
		}
		refused(t, a, freshToken(), http.StatusServiceUnavailable)
		refused(t, a, "", http.StatusUnauthorized) // who sends no token needs no issuer

		issuer.change(func(i *fakeIssuer) { i.down = false })
		time.Sleep(time.Second)
		accepted(t, a, freshToken())
		if err := a.Ready(t.Context()); err != nil {
			t.Errorf("not ready with keys: %v", err)
		}
	})
}

func TestIssuerDownDuringRunAndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := newIssuer()
		a := newAuthenticator(t, issuer)
		accepted(t, a, freshToken())
		issuer.change(func(i *fakeIssuer) { i.down, i.delay = true, 3*time.Second })

		// Known keys go on for an hour. One request in the outage waits for the issuer, no other.
		var waited time.Duration
		for time.Since(begun()) < 59*time.Minute {
			before := time.Now()
			accepted(t, a, freshToken())
			waited += time.Since(before)
			time.Sleep(20 * time.Second)
		}
		if waited > 5*time.Second {
			t.Errorf("good tokens waited %v in all", waited)
		}
		// An unknown key may be a new one: nobody can tell, so that is no 401.
		unknown := signES(goodHeader("ES256", "new"), goodClaims(time.Now()))
		refused(t, a, unknown, http.StatusServiceUnavailable)
		fetches := issuer.fetchCount()
		if limit := int(time.Since(begun())/(30*time.Second)) + 1; fetches > limit {
			t.Errorf("%d fetches in the outage, more than %d", fetches, limit)
		}

		// Then the keys are too old, also for tokens that were verified before.
		remembered := signES(goodHeader("ES256", "es"), goodClaims(time.Now()).set("exp", seconds(time.Now().Add(time.Hour))))
		accepted(t, a, remembered)
		time.Sleep(2 * time.Minute)
		refused(t, a, remembered, http.StatusServiceUnavailable)
		if err := a.Ready(t.Context()); err == nil {
			t.Error("ready with keys that are too old")
		}

		issuer.change(func(i *fakeIssuer) { i.down = false })
		time.Sleep(31 * time.Second)
		accepted(t, a, remembered)
		refused(t, a, unknown, http.StatusUnauthorized)
	})
}

// begun is when every bubble begins.
func begun() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }

// Run fetches the keys without any request, and again before they are old.
func TestRunKeepsKeysFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := newIssuer()
		issuer.down = true
		a := newAuthenticator(t, issuer)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); a.Run(ctx) }()
		time.Sleep(10 * time.Second)
		issuer.change(func(i *fakeIssuer) { i.down = false })
		time.Sleep(10 * time.Second)
		issuer.change(func(i *fakeIssuer) { i.delay = time.Second })
		for range 100 {
			before := time.Now()
			accepted(t, a, freshToken())
			if time.Since(before) != 0 {
				t.Fatal("a request waited for the issuer")
			}
			time.Sleep(17 * time.Second)
		}
		if got := issuer.fetchCount(); got < 10 || got > 15 {
			t.Errorf("%d fetches in half an hour", got)
		}
		cancel()
		<-done
	})
}

// What the issuer publishes is judged before it is trusted.
func TestWhatTheIssuerPublishes(t *testing.T) {
	weak := must(rsaKeyOf(1024))
	for _, row := range []struct {
		name   string
		change func(*fakeIssuer)
		status int // for a token of the key "es"
	}{
		{"the usual", func(*fakeIssuer) {}, 200},
		{"no alg in the key", func(i *fakeIssuer) { i.keys[1].Algorithm = "" }, 200},
		{"another alg in the key", func(i *fakeIssuer) { i.keys[1].Algorithm = "ES384" }, 401},
		{"a key for encryption", func(i *fakeIssuer) { i.keys[1].Use = "enc" }, 401},
		{"two keys of one name", func(i *fakeIssuer) {
			i.keys = append(i.keys, jose.JSONWebKey{Key: evilECKey.Public(), KeyID: "es", Algorithm: "ES256"})
		}, 401},
		{"a private key", func(i *fakeIssuer) { i.keys[1].Key = ecKey }, 401},
		{"a symmetric key beside", func(i *fakeIssuer) { i.keys[0].Key = []byte("0123456789abcdef0123456789abcdef") }, 200},
		{"a weak key beside", func(i *fakeIssuer) { i.keys[0].Key = weak.Public() }, 200},
		{"no key at all", func(i *fakeIssuer) { i.keys = nil }, 503},
		{"metadata of another issuer", func(i *fakeIssuer) { i.metadata["issuer"] = issuerURL + "/" }, 503},
		{"keys on plain http", func(i *fakeIssuer) { i.metadata["jwks_uri"] = "http://issuer.example/jwks" }, 503},
		{"keys nowhere", func(i *fakeIssuer) { delete(i.metadata, "jwks_uri") }, 503},
		{"keys not found", func(i *fakeIssuer) { i.metadata["jwks_uri"] = issuerURL + "/elsewhere" }, 503},
		{"endless metadata", func(i *fakeIssuer) { i.metadata["x"] = make([]byte, 2<<20) }, 503},
	} {
		t.Run(row.name, func(t *testing.T) {
			issuer := newIssuer()
			row.change(issuer)
			a := newAuthenticator(t, issuer)
			if row.status == http.StatusOK {
				accepted(t, a, freshToken())
				return
			}
			refused(t, a, freshToken(), row.status)
		})
	}
}

// A weak RSA key is not trusted, whatever it signs.
func TestWeakKeyIsNotTrusted(t *testing.T) {
	weak := must(rsaKeyOf(1024))
	issuer := newIssuer()
	issuer.keys[0].Key = weak.Public()
	a := newAuthenticator(t, issuer)
	refused(t, a, sign(jwt.SigningMethodRS256, weak, goodHeader("RS256", "rs").String(), goodClaims(time.Now()).String()), http.StatusUnauthorized)
}

// The issuer moves its keys to another address: metadata is read again when the old one stops working.
func TestKeysMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := newIssuer()
		a := newAuthenticator(t, issuer)
		accepted(t, a, freshToken())
		issuer.change(func(i *fakeIssuer) {
			i.jwksPath, i.metadata["jwks_uri"] = "/moved/jwks", issuerURL+"/moved/jwks"
			i.keys[1] = jose.JSONWebKey{Key: evilECKey.Public(), KeyID: "next", Algorithm: "ES256"}
		})
		next := func() string {
			return sign(jwt.SigningMethodES256, evilECKey, goodHeader("ES256", "next").String(), goodClaims(time.Now()).String())
		}
		time.Sleep(31 * time.Second)
		refused(t, a, next(), http.StatusServiceUnavailable)
		time.Sleep(31 * time.Second)
		accepted(t, a, next())
	})
}

// A key without a name verifies tokens that name none, and only those.
func TestKeyWithoutAName(t *testing.T) {
	issuer := newIssuer()
	issuer.keys[1].KeyID = ""
	a := newAuthenticator(t, issuer)
	header, claims := goodHeader("ES256", "es"), goodClaims(time.Now())
	accepted(t, a, signES(header.drop("kid"), claims))
	for _, kid := range []string{`"es"`, `1`, `null`, `[]`} {
		refused(t, a, signES(header.set("kid", kid), claims), http.StatusUnauthorized)
	}
}
