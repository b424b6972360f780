package main

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/server/servertest"
)

// TestGateway puts the command in front of the development server, verifying that server's own tokens.
func TestGateway(t *testing.T) {
	client := servertest.Judge(t)
	upstream := start(t, t.TempDir(), "serve", "--dev", "--addr", "127.0.0.1:0")
	spec := filepath.Join(t.TempDir(), "contract.yaml")
	writeFile(t, spec, openapi.YAML)
	g := start(t, t.TempDir(), "gateway", "--addr", "127.0.0.1:0", "--upstream", upstream.url, "--spec", spec,
		"--responses", "block", "--issuer", upstream.url+"/idp", "--audience", upstream.url)
	token := upstream.token(t, "owner")
	for _, row := range []struct {
		name, method, address, token, body string
		status                             int
	}{
		{"PUT", http.MethodPut, containerAPI(g), token, goodBody, 200},
		{"rollback", http.MethodPost, rollback(g), token, "", 200},
		{"refused by the contract", http.MethodPut, containerAPI(g), token, "{}", 400},
		{"refused by the rules", http.MethodPost, strings.Replace(rollback(g), "019e", "119e", 1), token, "", 404},
		{"no token of the issuer", http.MethodPut, containerAPI(g), "a.b.c", goodBody, 401},
		{"another path of the upstream", http.MethodGet, g.url + "/docs/", token, "", 404},
		{"health", http.MethodGet, g.url + "/healthz", "", "", 200},
	} {
		if status, body, err := send(t.Context(), client, row.method, row.address, row.token, row.body); err != nil || status != row.status {
			t.Errorf("%s: status %d, %v: %s", row.name, status, err, body)
		}
	}

	// The contract is replaced under load: no request is dropped.
	var sent, failed atomic.Int64
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if status, _, err := send(t.Context(), client, http.MethodPut, containerAPI(g), token, goodBody); err != nil || status != 200 {
				failed.Add(1)
			}
			sent.Add(1)
		}
	}()
	hangUp := func(document []byte, says string) {
		t.Helper()
		before := strings.Count(g.log.String(), says)
		writeFile(t, spec, document)
		if err := g.command.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(20 * time.Second); strings.Count(g.log.String(), says) == before; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("it does not say %q: %s", says, g.log)
			}
		}
	}
	hangUp([]byte("openapi: 3.0.3\npaths: {"), "the former one stays")
	hangUp([]byte(strings.Replace(string(openapi.YAML), "/migration/rollback", "/migration/undo", 1)), "read again")
	if status, _, _ := send(t.Context(), client, http.MethodPost, rollback(g), token, ""); status != 404 {
		t.Errorf("the new contract has no rollback, yet it answers %d", status)
	}
	hangUp(openapi.YAML, "read again")
	for end := time.Now().Add(20 * time.Second); sent.Load() < 20 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	close(stop)
	<-done
	if failed.Load() > 0 || sent.Load() < 20 {
		t.Errorf("%d of %d requests failed", failed.Load(), sent.Load())
	}
	if strings.Contains(g.log.String(), token) {
		t.Error("the log holds a token")
	}
	for line := range strings.Lines(g.log.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not a log line: %s", line)
		}
	}
}

// TestGatewayReports what it would refuse, to the log and to Prometheus.
func TestGatewayReports(t *testing.T) {
	client := servertest.Judge(t)
	upstream := start(t, t.TempDir(), "serve", "--dev", "--addr", "127.0.0.1:0")
	metrics := freeAddress(t)
	g := start(t, t.TempDir(), "gateway", "--addr", "127.0.0.1:0", "--upstream", upstream.url, "--auth", "forward", "--mode", "report", "--metrics-addr", metrics)
	status, body, err := send(t.Context(), client, http.MethodPut, containerAPI(g), upstream.token(t, "owner"), "{}")
	if err != nil || status != 400 { // the upstream's own refusal
		t.Errorf("status %d, %v: %s", status, err, body)
	}
	if !strings.Contains(g.log.String(), `"mode":"report"`) {
		t.Error(g.log)
	}
	_, page, err := send(t.Context(), client, http.MethodGet, "http://"+metrics+"/metrics", "", "")
	if want := `cde_gateway_refusals_total{mode="report",operation="updateContainerApiVersion",reason="body"} 1`; err != nil || !strings.Contains(page, want) {
		t.Errorf("%v: no %s in %s", err, want, page)
	}
}

// TestGatewayUsage: what cannot be served is a mistake in the command line, said in one line.
func TestGatewayUsage(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.yaml")
	writeFile(t, broken, []byte("openapi: 3.1.0"))
	good := []string{"--addr", "127.0.0.1:0", "--upstream", "http://127.0.0.1:1", "--auth", "forward"}
	for says, args := range map[string][]string{
		"needs --upstream":         {"--auth", "forward"},
		"needs --issuer":           {"--upstream", "http://127.0.0.1:1"},
		"leave --issuer":           append([]string{"--issuer", "https://x.example"}, good...),
		"--mode \"off\"":           append(good, "--mode", "off"),
		"--responses \"yes\"":      append(good, "--responses", "yes"),
		"--auth \"none\"":          append(good, "--auth", "none"),
		"--upstream-timeout":       append(good, "--upstream-timeout", "0s"),
		"go together":              append(good, "--tls-cert", "x"),
		"OpenAPI \"3.1.0\"":        append(good, "--spec", broken),
		"want http://host":         append(good, "--upstream", "ftp://x"),
		"no user name":             append(good, "--upstream", "http://u:secret@x"),
		"--addr \"8080\"":          append(good, "--addr", "8080"),
		"unknown flag: --upstream": append(good, "--upstreams", "x"),
	} {
		_, talk, code := cded(t, "", nil, append([]string{"gateway"}, args...)...)
		if code != 2 || !strings.Contains(talk, says) || strings.Contains(talk, "secret") {
			t.Errorf("want %q: exit %d: %s", says, code, talk)
		}
	}
}

func writeFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// freeAddress is a loopback address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
