package faults_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/server/faults"
)

// serve starts a server behind a layer; work counts what it has done.
func serve(t *testing.T, script faults.Script) (server *httptest.Server, layer *faults.Layer, work *atomic.Int32) {
	t.Helper()
	layer, work = new(faults.Layer), new(atomic.Int32)
	if err := layer.Set(script); err != nil {
		t.Fatal(err)
	}
	server = httptest.NewServer(layer.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		work.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Request-Id", "r-1")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"message":"you sent %d bytes"}`, len(body))
	})))
	t.Cleanup(server.Close)
	server.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return server, layer, work
}

// seen is what a caller sees of an answer.
type seen struct {
	Status                              int
	Media, RetryAfter, Location, Broken string
	Body                                string
}

func call(t *testing.T, client *http.Client, url string) seen {
	t.Helper()
	response, err := client.Post(url, "application/json", strings.NewReader("12345"))
	if err != nil {
		return seen{Broken: "no answer"}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	got := seen{Status: response.StatusCode, Media: response.Header.Get("Content-Type"), RetryAfter: response.Header.Get("Retry-After"),
		Location: response.Header.Get("Location"), Body: string(body)}
	if err != nil {
		got.Broken = "broken body"
	}
	return got
}

func TestEveryFaultIsMet(t *testing.T) {
	const ok = `{"message":"you sent 5 bytes"}`
	whole := seen{Status: 201, Media: "application/json", Body: ok}
	for name, row := range map[string]struct {
		rule faults.Rule
		want seen
		work int32
	}{
		"status": {faults.Rule{Fault: faults.Status, Status: 503, RetryAfter: "7"},
			seen{Status: 503, Media: "application/json", RetryAfter: "7", Body: `{"message":"Service Unavailable"}` + "\n"}, 0},
		"status after": {faults.Rule{Fault: faults.Status, Status: 500, When: faults.After},
			seen{Status: 500, Media: "application/json", Body: `{"message":"Internal Server Error"}` + "\n"}, 1},
		"refusal": {faults.Rule{Fault: faults.Status, Status: 400},
			seen{Status: 400, Media: "application/json", Body: `{"errors":[],"message":"Bad Request"}` + "\n"}, 0},
		"html": {faults.Rule{Fault: faults.HTML},
			seen{Status: 502, Media: "text/html; charset=utf-8", Body: "<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>\n"}, 0},
		"redirect":       {faults.Rule{Fault: faults.Redirect, Location: "http://elsewhere.example/"}, seen{Status: 307, Location: "http://elsewhere.example/"}, 0},
		"redirect 303":   {faults.Rule{Fault: faults.Redirect, Status: 303, When: faults.After}, seen{Status: 303, Location: "/"}, 1},
		"reset":          {faults.Rule{Fault: faults.Reset}, seen{Broken: "no answer"}, 0},
		"reset after":    {faults.Rule{Fault: faults.Reset, When: faults.After}, seen{Broken: "no answer"}, 1},
		"truncate":       {faults.Rule{Fault: faults.Truncate}, seen{Status: 201, Media: "application/json", Body: ok[:len(ok)/2], Broken: "broken body"}, 1},
		"slow":           {faults.Rule{Fault: faults.Slow, Delay: faults.Duration(time.Millisecond)}, whole, 1},
		"slow after":     {faults.Rule{Fault: faults.Slow, Delay: faults.Duration(time.Millisecond), When: faults.After}, whole, 1},
		"another path":   {faults.Rule{On: "/elsewhere/", Fault: faults.Reset}, whole, 1},
		"another method": {faults.Rule{On: "GET /connectors/", Fault: faults.Reset}, whole, 1},
		"pattern":        {faults.Rule{On: "POST /connectors/{id}/versions/{version}/x", Fault: faults.HTML, Status: 504}, seen{Status: 504, Media: "text/html; charset=utf-8", Body: "<!doctype html><title>504 Gateway Timeout</title><h1>504 Gateway Timeout</h1>\n"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			server, layer, work := serve(t, faults.Script{Rules: []faults.Rule{row.rule}})
			got := call(t, server.Client(), server.URL+"/connectors/1/versions/2/x")
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
			if work.Load() != row.work {
				t.Errorf("the work was done %d times, want %d", work.Load(), row.work)
			}
			hits := 1
			if strings.HasPrefix(name, "another") {
				hits = 0
			}
			if report := layer.Report(); report.Hits[0] != hits {
				t.Errorf("%d hits reported, want %d", report.Hits[0], hits)
			}
		})
	}
}

// TestSlowCallersMayLeave proves that a wait ends with its caller: the delay is longer than the test may take.
func TestSlowCallersMayLeave(t *testing.T) {
	server, _, work := serve(t, faults.Script{Rules: []faults.Rule{{Fault: faults.Slow, Delay: faults.MaxDelay}}})
	client := server.Client()
	client.Timeout = 20 * time.Millisecond
	if got := call(t, client, server.URL+"/connectors/"); got.Broken != "no answer" {
		t.Errorf("%+v, want no answer", got)
	}
	server.Close() // waits for the handler
	if work.Load() != 0 {
		t.Error("the work was done")
	}
}

// hits tells which of n requests get a fault.
func hits(t *testing.T, script faults.Script, n int) string {
	t.Helper()
	server, _, _ := serve(t, script)
	var b strings.Builder
	for range n {
		if got := call(t, server.Client(), server.URL+"/connectors/"); got.Status == 503 {
			b.WriteByte('x')
		} else {
			b.WriteByte('.')
		}
	}
	return b.String()
}

func TestSkipTimesAndOrderOfRules(t *testing.T) {
	script := faults.Script{Rules: []faults.Rule{
		{Fault: faults.Status, Status: 503, Skip: 1, Times: 2},
		{Fault: faults.Status, Status: 503, Skip: 3, Times: 1}, // is not asked about what the first one hits
	}}
	if got, want := hits(t, script, 8), ".xx..x.."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestSameSeedSameFaults(t *testing.T) {
	script := faults.Script{Seed: 7, Rules: []faults.Rule{{Fault: faults.Status, Status: 503, Probability: 0.4}}}
	first := hits(t, script, 60)
	if second := hits(t, script, 60); second != first {
		t.Errorf("the same seed:\n%s\n%s", first, second)
	}
	if n := strings.Count(first, "x"); n < 10 || n > 40 {
		t.Errorf("%d of 60 requests were hit at a chance of 0.4", n)
	}
	script.Seed++
	if other := hits(t, script, 60); other == first {
		t.Errorf("another seed gave the same faults: %s", other)
	}
}

// TestAsManyFaultsWhenRequestsRunInParallel: which request comes nth is chance, what the nth one gets is not.
func TestAsManyFaultsWhenRequestsRunInParallel(t *testing.T) {
	script := faults.Script{Seed: 7, Rules: []faults.Rule{{Fault: faults.Status, Status: 503, Probability: 0.4}}}
	want := strings.Count(hits(t, script, 64), "x")
	server, layer, work := serve(t, script)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 8 {
				call(t, server.Client(), server.URL+"/connectors/")
			}
		})
	}
	all.Wait()
	report := layer.Report()
	if report.Seen[0] != 64 || report.Hits[0] != want || int(work.Load()) != 64-want {
		t.Errorf("seen %d, hits %d, worked on %d; want 64, %d, %d", report.Seen[0], report.Hits[0], work.Load(), want, 64-want)
	}
}

func TestControlPort(t *testing.T) {
	server, layer, _ := serve(t, faults.Script{})
	control := httptest.NewServer(layer.Control())
	defer control.Close()
	do := func(method, body string) (int, string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, control.URL+"/faults", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := control.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		answer, _ := io.ReadAll(response.Body)
		return response.StatusCode, strings.TrimSpace(string(answer))
	}
	const script = `{"seed":3,"rules":[{"on":"POST /connectors/","times":1,"fault":"status","status":429,"retry-after":"2","delay":"1ms"}]`
	for _, row := range []struct {
		method, body string
		status       int
		answer       string
		next         int // the status of the request that follows
	}{
		{"GET", "", 200, `{"seed":0,"rules":[],"seen":[],"hits":[]}`, 201},
		{"PUT", script + `}`, 200, script + `,"seen":[0],"hits":[0]}`, 429},
		{"GET", "", 200, script + `,"seen":[1],"hits":[1]}`, 201},
		{"PUT", `{"rules":[{"fault":"status"}]}`, 400, `{"message":"rules[0]: the fault status needs a status"}`, 201},
		{"PUT", `{"rules":[{"fault":"reset","pobability":1}]}`, 400, `{"message":"the script is not what is expected: json: unknown field \"pobability\""}`, 201},
		{"PUT", `{"rules":[]} {}`, 400, `{"message":"the script is followed by something else"}`, 201},
		{"PUT", script + `}`, 200, script + `,"seen":[0],"hits":[0]}`, 429},
		{"PUT", script + `}`, 200, script + `,"seen":[0],"hits":[0]}`, 429},
		{"PUT", script + `}`, 200, script + `,"seen":[0],"hits":[0]}`, 0},
		{"DELETE", "", 204, "", 201},
	} {
		status, answer := do(row.method, row.body)
		if status != row.status || answer != row.answer {
			t.Errorf("%s %s: %d %s, want %d %s", row.method, row.body, status, answer, row.status, row.answer)
		}
		if row.next == 0 {
			continue
		}
		if got := call(t, server.Client(), server.URL+"/connectors/x"); got.Status != row.next {
			t.Errorf("after %s %s: status %d, want %d", row.method, row.body, got.Status, row.next)
		}
	}
}

func TestScriptsThatCannotWorkAreRefused(t *testing.T) {
	for want, rule := range map[string]string{
		`fault "",`:           `{}`,
		`fault "fire"`:        `{"fault":"fire"}`,
		"needs a status":      `{"fault":"status"}`,
		"status 199":          `{"fault":"status","status":199}`,
		"needs a delay":       `{"fault":"slow"}`,
		"delay 2m0s":          `{"fault":"slow","delay":"2m"}`,
		"after the work only": `{"fault":"truncate","when":"before"}`,
		`when "soon"`:         `{"fault":"reset","when":"soon"}`,
		"probability 1.1":     `{"fault":"reset","probability":1.1}`,
		"cannot be negative":  `{"fault":"reset","skip":-1}`,
		"line breaks":         `{"fault":"redirect","location":"/\r\nx"}`,
		"on: ":                `{"fault":"reset","on":"POST connectors{"}`,
	} {
		script, err := faults.ReadScript(strings.NewReader(`{"rules":[{"fault":"reset"},` + rule + `]}`))
		if err != nil {
			t.Errorf("%s: %v", rule, err)
			continue
		}
		layer := new(faults.Layer)
		if err := layer.Set(script); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "rules[1]: ") {
			t.Errorf("%s: error %v, want one with rules[1] and %q", rule, err, want)
		}
	}
	if err := (faults.Script{Rules: make([]faults.Rule, faults.MaxRules+1)}).Check(); err == nil {
		t.Error("too many rules were accepted")
	}
}

func TestScriptSurvivesJSON(t *testing.T) {
	script := faults.Script{Seed: 1<<64 - 1, Rules: []faults.Rule{{On: "/", Skip: 1, Times: 2, Probability: 0.5, Fault: faults.Slow, When: faults.After, Delay: faults.Duration(1500 * time.Millisecond)}}}
	text, err := json.Marshal(script)
	if err != nil {
		t.Fatal(err)
	}
	got, err := faults.ReadScript(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(script, got); diff != "" {
		t.Error(diff)
	}
}
