package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/productsupcom/cde/server/samples"
	"github.com/productsupcom/cde/server/servertest"
)

const goodBody = `{"image":"test.domain.docker/test/container-api-image:1.0.0","version-constraint":"^0.20"}`

func containerAPI(p *process) string {
	return p.url + "/connectors/" + samples.ContainerAPI + "/versions/1/execution-config/container-api"
}

func rollback(p *process) string {
	return p.url + "/connectors/" + samples.Rollback + "/versions/1/migration/rollback"
}

// TestDevelopmentServer does what README's first screen does: start, call both operations, start again, read the history.
func TestDevelopmentServer(t *testing.T) {
	client := servertest.Judge(t)
	folder := t.TempDir()
	p := start(t, folder, "serve", "--dev", "--addr", "127.0.0.1:0")
	for _, said := range []string{p.url + "/docs/", p.url + "/openapi.yaml", "curl -X PUT", "stranger", "not for production"} {
		if !strings.Contains(p.log.String(), said) {
			t.Errorf("the greeting does not say %q:\n%s", said, p.log)
		}
	}
	token := p.token(t, "owner")
	status, updated, err := send(t.Context(), client, http.MethodPut, containerAPI(p), token, goodBody)
	if err != nil || status != http.StatusOK {
		t.Fatalf("status %d, %v: %s", status, err, updated)
	}
	if status, body, err := send(t.Context(), client, http.MethodPost, rollback(p), token, ""); err != nil || status != http.StatusOK {
		t.Fatalf("status %d, %v: %s", status, err, body)
	}
	if status, body, err := send(t.Context(), client, http.MethodGet, p.url+"/metrics", "", ""); err != nil ||
		status != http.StatusOK || !strings.Contains(body, `cde_requests_total{operation="rollbackMigration",status="200"} 1`) {
		t.Errorf("metrics: status %d, %v: %s", status, err, body)
	}
	for path, says := range map[string]string{"/docs/": "CDE API", "/openapi.yaml": "openapi: 3.0.3", "/healthz": "ok", "/idp/.well-known/openid-configuration": p.url + "/idp"} {
		if status, body, err := send(t.Context(), client, http.MethodGet, p.url+path, "", ""); err != nil || status != http.StatusOK || !strings.Contains(body, says) {
			t.Errorf("%s: status %d, %v: %.200s", path, status, err, body)
		}
	}
	p.kill()

	p = start(t, folder, "serve", "--dev", "--addr", "127.0.0.1:0")
	again := p.token(t, "owner")
	status, kept, err := send(t.Context(), client, http.MethodPut, containerAPI(p), again, goodBody)
	if err != nil || status != http.StatusOK || kept != updated {
		t.Errorf("after a restart: status %d, %v\n%s\nwant\n%s", status, err, kept, updated)
	}
	if strings.Contains(p.log.String(), token) || strings.Contains(p.log.String(), again) {
		t.Error("the log holds a token")
	}
	p.kill()

	t.Chdir(folder)
	out, talk, code := cded(t, "", nil, "connectors", "history", samples.ContainerAPI, "1", "-o", "json")
	var event printedEvent
	if err := json.Unmarshal([]byte(out), &event); code != 0 || err != nil {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, talk)
	}
	change := event.Changes["config.execution.container-api.version-constraint"]
	if event.Operation != "updateContainerApiVersion" || event.Subject != "5d4fc3a0-0000-4000-8000-000000000001" || event.RequestID == "" ||
		string(change.Before) != `"^0.19"` || string(change.After) != `"^0.20"` {
		t.Errorf("event %s", out)
	}
	table, _, _ := cded(t, "", nil, "connectors", "history", samples.Rollback, "main")
	if !strings.Contains(table, "rollbackMigration") || !strings.Contains(table, "24") {
		t.Error(table)
	}
}

// TestOutsideDevelopment serves with an issuer of another process, and prints nothing but its log.
func TestOutsideDevelopment(t *testing.T) {
	client := servertest.Judge(t)
	issuer := start(t, t.TempDir(), "serve", "--dev", "--addr", "127.0.0.1:0")
	db := database(t)
	if _, talk, code := cded(t, string(samples.JSON), nil, "connectors", "import", "-", "--db", db); code != 0 {
		t.Fatal(talk)
	}
	p := start(t, t.TempDir(), "serve", "--addr", "127.0.0.1:0", "--db", db, "--issuer", issuer.url+"/idp", "--audience", issuer.url, "--rate-limit", "2")
	token := issuer.token(t, "owner")
	limited := 0
	for range 12 {
		status, body, err := send(t.Context(), client, http.MethodPut, containerAPI(p), token, goodBody)
		switch {
		case err != nil:
			t.Fatal(err)
		case status == http.StatusTooManyRequests && body == `{"message":"Too Many Requests"}`:
			limited++
		case status != http.StatusOK:
			t.Fatalf("status %d: %s", status, body)
		}
	}
	if limited < 4 {
		t.Errorf("%d of 12 requests limited", limited)
	}
	for _, path := range []string{"/metrics", "/idp/token", "/idp/.well-known/openid-configuration"} {
		if status, _, _ := send(t.Context(), client, http.MethodGet, p.url+path, "", ""); status != http.StatusNotFound {
			t.Errorf("%s outside development: status %d", path, status)
		}
	}
	for line := range strings.Lines(p.log.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not a log line: %s", line)
		}
	}
}
