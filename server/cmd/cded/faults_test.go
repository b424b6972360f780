package main

import (
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"
)

// TestFaultsAreScriptedThroughAPortOfTheirOwn, and the same seed gives the same ones.
func TestFaultsAreScriptedThroughAPortOfTheirOwn(t *testing.T) {
	p := start(t, t.TempDir(), "serve", "--dev", "--addr", "127.0.0.1:0", "--fault-addr", "127.0.0.1:0")
	control := "http://" + faultAddress(t, p) + "/faults"
	token := p.token(t, "owner")
	statuses := func(script string) (got []int) {
		t.Helper()
		if status, answer, err := send(t.Context(), http.DefaultClient, http.MethodPut, control, "", script); err != nil || status != http.StatusOK {
			t.Fatalf("status %d, %v: %s", status, err, answer)
		}
		for range 20 {
			status, _, err := send(t.Context(), http.DefaultClient, http.MethodPost, rollback(p), token, "")
			if err != nil {
				status = 0
			}
			got = append(got, status)
		}
		return got
	}
	const rules = `,"rules":[{"fault":"reset","when":"after","probability":0.3},{"fault":"status","status":503,"retry-after":"1","probability":0.3}]}`
	first, second, other := statuses(`{"seed":1`+rules), statuses(`{"seed":1`+rules), statuses(`{"seed":2`+rules)
	kinds := map[int]int{}
	for i := range first {
		kinds[first[i]]++
		if first[i] != second[i] {
			t.Errorf("request %d: status %d, then %d with the same seed", i, first[i], second[i])
		}
	}
	if kinds[0] == 0 || kinds[200] == 0 || kinds[503] == 0 || len(kinds) != 3 {
		t.Errorf("statuses %v, want some of 200, 503 and none", first)
	}
	if slices.Equal(first, other) {
		t.Errorf("another seed gave the same statuses: %v", other)
	}
	if status, _, err := send(t.Context(), http.DefaultClient, http.MethodDelete, control, "", ""); err != nil || status != http.StatusNoContent {
		t.Errorf("DELETE: status %d, %v", status, err)
	}
	for range 20 {
		if status, body, err := send(t.Context(), http.DefaultClient, http.MethodPost, rollback(p), token, ""); err != nil || status != http.StatusOK {
			t.Fatalf("without a script: status %d, %v: %s", status, err, body)
		}
	}
	if status, _, err := send(t.Context(), http.DefaultClient, http.MethodGet, p.url+"/faults", "", ""); err != nil || status != http.StatusNotFound {
		t.Errorf("/faults on the API's own port: status %d, %v", status, err)
	}
	p.kill()
}

// faultAddress reads from the log where faults are scripted.
func faultAddress(t *testing.T, p *process) string {
	t.Helper()
	said := regexp.MustCompile(`faults may be scripted.*?(127\.0\.0\.1:\d+)`)
	for range 100 {
		if found := said.FindStringSubmatch(p.log.String()); found != nil {
			return found[1]
		}
		time.Sleep(20 * time.Millisecond) // the log is read by another goroutine
	}
	t.Fatalf("the log does not say where faults are scripted:\n%s", p.log)
	return ""
}
