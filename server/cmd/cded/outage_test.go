package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/productsupcom/cde/server/connector/storetest"
	"github.com/productsupcom/cde/server/postgres/postgrestest"
)

// outage is a database, how it is broken and mended, and what the operations guide says of it.
type outage struct {
	database    string
	fail, mend  func()
	says        string // in the log
	mayBeThere  bool   // the refused change, so that the answer names no time to come again
	keepsGiving bool   // for a few changes more: the disk has room in a page, the server has not read its settings
}

// TestOutages are the rows of the operations guide's table that a change meets, by a real server.
func TestOutages(t *testing.T) {
	for name, begin := range map[string]func(*testing.T) outage{
		"unreachable": func(t *testing.T) outage {
			s := postgrestest.NewServer(t)
			return outage{database: s.Address(), fail: s.Stop, mend: func() { restart(t, s) }, says: "unavailable"}
		},
		"read-only": func(t *testing.T) outage {
			s := postgrestest.NewServer(t)
			set := func(value string) func() {
				return func() {
					postgrestest.Exec(t, s.Admin("postgres"), "ALTER SYSTEM SET default_transaction_read_only = "+value, "SELECT pg_reload_conf()")
				}
			}
			return outage{database: s.Address(), fail: set("on"), mend: set("off"), says: "read only", keepsGiving: true}
		},
		"standby lost": func(t *testing.T) outage {
			s := postgrestest.NewServer(t)
			standby := s.NewStandby(t)
			return outage{database: s.Address(), fail: standby.Kill, mend: func() { restart(t, standby) }, says: "outcome unknown", mayBeThere: true}
		},
		"disk full": func(t *testing.T) outage {
			folder, fill, free := storetest.SmallDisk(t, 8<<20)
			return outage{database: "sqlite:" + folder + "/cde.db", fail: fill, mend: free, says: "full", keepsGiving: true}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin(t).check(t)
		})
	}
}

func restart(t *testing.T, s *postgrestest.Server) {
	t.Helper()
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
}

func (o outage) check(t *testing.T) {
	p := start(t, t.TempDir(), "serve", "--dev", "--addr", "127.0.0.1:0", "--db", o.database)
	defer p.kill() // before the disk goes
	token, changes := p.token(t, "owner"), 0
	change := func() (status int, retryAfter string) {
		t.Helper()
		changes++
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, containerAPI(p), strings.NewReader(fmt.Sprintf(`{"version-constraint":"^1.%d"}`, changes)))
		if err != nil {
			t.Fatal(err)
		}
		request.Header = http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		return response.StatusCode, response.Header.Get("Retry-After")
	}
	if status, _ := change(); status != http.StatusOK {
		t.Fatalf("before: status %d: %s", status, p.log)
	}
	o.fail()
	status, retryAfter := change()
	for tries := 0; o.keepsGiving && status == http.StatusOK && tries < 1000; tries++ {
		status, retryAfter = change()
	}
	if status != http.StatusServiceUnavailable || (retryAfter == "") != o.mayBeThere {
		t.Errorf("status %d, Retry-After %q: %s", status, retryAfter, p.log)
	}
	ready := awaitPage(t, p, "/readyz", http.StatusServiceUnavailable)
	if !strings.Contains(ready, `"store"`) {
		t.Errorf("/readyz: %s", ready)
	}
	awaitPage(t, p, "/healthz", http.StatusOK)
	o.mend()
	awaitPage(t, p, "/readyz", http.StatusOK)
	if status, _ := change(); status != http.StatusOK {
		t.Errorf("after: status %d: %s", status, p.log)
	}
	if !strings.Contains(p.log.String(), o.says) {
		t.Errorf("the log does not say %q: %s", o.says, p.log)
	}
}

// awaitPage returns the page's body once it has the status.
func awaitPage(t *testing.T, p *process, path string, want int) string {
	t.Helper()
	var status int
	var body string
	var err error
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if status, body, err = send(t.Context(), http.DefaultClient, http.MethodGet, p.url+path, "", ""); err == nil && status == want {
			return body
		}
	}
	t.Fatalf("%s is %d, %v, not %d: %s", path, status, err, want, p.log)
	return ""
}
