package client_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/productsupcom/cde/client"
	"github.com/productsupcom/cde/server/faults"
)

// TestConnectionsAreReused, also after answers that are refusals.
func TestConnectionsAreReused(t *testing.T) {
	var opened, calls atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if calls.Add(1)%2 == 0 {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"message":"Connector not found."}`)
			return
		}
		_, _ = io.WriteString(w, version1)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	c, err := client.New(client.WithBaseURL(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		_, _ = put(t.Context(), c)
		_, _ = post(t.Context(), c)
	}
	if opened.Load() != 1 || calls.Load() != 40 {
		t.Errorf("%d connections for %d calls", opened.Load(), calls.Load())
	}
}

// TestManyCallersUnderFaults: whatever goes wrong, a rollback is worked on at most once, and calls end well or say how
// they ended. The race detector watches.
func TestManyCallersUnderFaults(t *testing.T) {
	double := new(double)
	if err := double.faults.Set(faults.Script{Seed: 11, Rules: []faults.Rule{
		{Fault: faults.Reset, Probability: 0.1},
		{Fault: faults.Reset, When: faults.After, Probability: 0.1},
		{Fault: faults.Truncate, Probability: 0.1},
		{Fault: faults.Status, Status: 503, RetryAfter: "0", Probability: 0.1},
		{Fault: faults.HTML, Status: 502, When: faults.After, Probability: 0.1},
	}}); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	worked := map[string]int{} // by the caller's own name for a call
	double.Server = httptest.NewServer(double.faults.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		worked[r.Header.Get("X-Call")]++
		mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, version1)
	})))
	defer double.Close()
	const callers, each = 8, 25
	var succeeded, unknowns, doubled atomic.Int32
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			for i := range each {
				name := string(rune('a'+caller)) + string(rune('a'+i))
				named := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					r.Header.Set("X-Call", name)
					return http.DefaultTransport.RoundTrip(r)
				})}
				c, _ := double.client(t, client.WithHTTPClient(named), client.WithToken("t"))
				_, err := post(t.Context(), c)
				mu.Lock()
				times := worked[name]
				mu.Unlock()
				if times > 1 {
					doubled.Add(1)
				}
				switch kinds := kindsOf(err); {
				case err == nil && times == 1:
					succeeded.Add(1)
				case kinds == unknown:
					unknowns.Add(1)
				case kinds == unavailable && times == 0: // a 503 four times in a row
				default:
					t.Errorf("%s: worked on %d times, error %v", name, times, err)
				}
			}
		})
	}
	all.Wait()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	if doubled.Load() > 0 {
		t.Errorf("%d rollbacks were worked on twice", doubled.Load())
	}
	if succeeded.Load() < callers*each/4 || unknowns.Load() < callers*each/10 {
		t.Errorf("%d succeeded, %d unknown of %d: the faults were not met", succeeded.Load(), unknowns.Load(), callers*each)
	}
}
