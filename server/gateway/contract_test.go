package gateway_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/gateway"
)

// TestReload replaces the contract while requests are under way: each is answered, by one contract or the other.
func TestReload(t *testing.T) {
	upstream := record(t, nil)
	g := guard(t, upstream.URL)
	other := []byte(strings.Replace(string(openapi.YAML), "/execution-config/container-api", "/execution-config/other", 1))
	var callers sync.WaitGroup
	var answered, forwarded atomic.Int64
	stop := make(chan struct{})
	for range 4 {
		callers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				response, body := send(t, request(t, "PUT", g.url+containerAPI, goodBody))
				switch response.StatusCode {
				case 200:
					forwarded.Add(1)
				case 404:
				default:
					t.Errorf("%d %s", response.StatusCode, body)
				}
				answered.Add(1)
			}
		})
	}
	for i := 0; answered.Load() < 60 || i < 6; i++ {
		if err := g.Reload([]byte("openapi: 3.0.3\npaths: {")); err == nil {
			t.Fatal("a broken contract was taken")
		}
		if err := g.Reload([][]byte{other, openapi.YAML}[i%2]); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	callers.Wait()
	if n := len(upstream.requests()); int64(n) != forwarded.Load() || n == 0 {
		t.Errorf("%d requests reached the upstream, %d were answered by it", n, forwarded.Load())
	}
}

// TestForeignContract: formats that nobody knows are not checked, and that is said.
func TestForeignContract(t *testing.T) {
	upstream := record(t, nil)
	g := guard(t, upstream.URL, contract(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"servers":[{"url":"https://shop.example/v1"}],"paths":{"/shoes":{
		"post":{"requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"size":{"type":"string","format":"shoe-size"}}}}}},"responses":{"200":{"description":"ok"}}}}}}`))
	if response, body := send(t, request(t, "POST", g.url+"/v1/shoes", `{"size":"38½"}`, "Authorization", "")); response.StatusCode != 200 {
		t.Error(response.Status, body)
	}
	if !strings.Contains(g.log.String(), "string format is not checked") || !strings.Contains(g.log.String(), "shoe-size") {
		t.Error(g.log)
	}
}

// TestProbes: the gateway answers about itself, unless the contract has an operation there.
func TestProbes(t *testing.T) {
	upstream := record(t, nil)
	g := guard(t, upstream.URL)
	status := func(path string) int {
		response, _ := send(t, request(t, "GET", g.url+path, ""))
		return response.StatusCode
	}
	if status("/healthz") != 200 || status("/readyz") != 200 || status("/other") != 404 {
		t.Error("not healthy")
	}
	g.Drain()
	if status("/healthz") != 200 || status("/readyz") != 503 {
		t.Error("ready although it is about to stop")
	}
	if len(upstream.requests()) != 0 {
		t.Error("the upstream was asked")
	}
	own := guard(t, upstream.URL, contract(strings.ReplaceAll(anything, `"/a"`, `"/healthz"`)))
	if _, body := send(t, request(t, "GET", own.url+"/healthz", "")); body != `{"message":"upstream"}` {
		t.Error(body)
	}
}

// verifier knows one good token.
type verifier struct{ err error }

func (v verifier) Authenticate(r *http.Request) (auth.Caller, error) {
	if r.Header.Get("Authorization") == "Bearer good" {
		return auth.Caller{Subject: "s"}, nil
	}
	return auth.Caller{}, v.err
}

// TestVerify: where the gateway verifies tokens, only good ones pass, and they pass on.
func TestVerify(t *testing.T) {
	upstream := record(t, nil)
	for _, row := range []struct {
		token  string
		err    error
		status int
	}{
		{"Bearer good", nil, 200},
		{"Bearer bad", &auth.Error{Status: 401, Message: auth.MessageUnauthorized, Challenge: "Bearer error=\"invalid_token\""}, 401},
		{"Bearer bad", &auth.Error{Status: 403, Message: auth.MessageForbidden}, 403},
		{"Bearer bad", &auth.Error{Status: 503, Message: auth.MessageUnavailable}, 503},
		{"Bearer bad", errors.New("a secret of the issuer"), 503},
	} {
		g := guard(t, upstream.URL, func(c *gateway.Config) { c.Authenticator = verifier{row.err} })
		response, body := send(t, request(t, "PUT", g.url+containerAPI, goodBody, "Authorization", "", "Authorization", row.token))
		if response.StatusCode != row.status || strings.Contains(body, "secret") {
			t.Errorf("%v: %d %s", row.err, response.StatusCode, body)
		}
		if row.status != 200 && g.refusals(t, "updateContainerApiVersion", "auth", "block") != 1 {
			t.Errorf("%v: not counted", row.err)
		}
	}
	if got := upstream.only(t).header.Get("Authorization"); got != "Bearer good" {
		t.Errorf("the upstream saw %q", got)
	}
}

// TestSecurityOfOthers: a credential that is no bearer token passes where tokens are passed on, and is an error at start where
// they are to be verified, for nobody would look at it.
func TestSecurityOfOthers(t *testing.T) {
	const schemes = `"components":{"securitySchemes":{"key":{"type":"apiKey","in":"header","name":"X-Key"},"token":{"type":"http","scheme":"Bearer"}}},`
	for _, row := range []struct {
		security string
		forward  int  // status of a request without a token
		verifies bool // whether a gateway that verifies can start
	}{
		{`[]`, 200, true},
		{`[{}]`, 200, true},
		{`[{"key":[]}]`, 200, false},
		{`[{"key":[]},{"token":[]}]`, 200, true},
		{`[{"token":[]}]`, 401, true},
		{`[{"token":[],"key":[]}]`, 401, true},
		{`[{"token":[]},{}]`, 200, true},
	} {
		spec := strings.Replace(anything, `"paths"`, schemes+`"security":`+row.security+`,"paths"`, 1)
		g := guard(t, record(t, nil).URL, contract(spec))
		if response, _ := send(t, request(t, "GET", g.url+"/a", "", "Authorization", "")); response.StatusCode != row.forward {
			t.Errorf("%s: status %d", row.security, response.StatusCode)
		}
		_, err := gateway.New(gateway.Config{Upstream: "http://127.0.0.1:1", Spec: []byte(spec), Authenticator: verifier{}})
		if (err == nil) != row.verifies {
			t.Errorf("%s: %v", row.security, err)
		}
	}
}
