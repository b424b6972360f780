package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/connector/storetest"
	"github.com/productsupcom/cde/server/postgres/postgrestest"
)

// fleet is some cded on one database, under a load that lasts until stop is called.
type fleet struct {
	t        *testing.T
	issuer   *process
	database string
	members  []atomic.Pointer[process]
	load     *storetest.Load
	stop     func()
}

const loaders = 16

// newFleet imports what the load changes, and starts n processes and the load.
func newFleet(t *testing.T, database string, n int) *fleet {
	t.Helper()
	f := &fleet{t: t, database: database, members: make([]atomic.Pointer[process], n)}
	f.issuer = start(t, t.TempDir(), "serve", "--dev", "--addr", "127.0.0.1:0")
	f.load = &storetest.Load{Pause: 5 * time.Millisecond}
	var lines []byte
	for i := range 8 {
		r := storetest.Record(i+1, 1)
		f.load.Records = append(f.load.Records, r)
		lines = append(r.AppendJSON(lines), '\n')
	}
	if _, talk, code := cded(t, string(lines), nil, "connectors", "import", "-", "--db", database); code != 0 {
		t.Fatal(talk)
	}
	for i := range f.members {
		f.start(i)
	}
	f.load.Do = f.change(f.issuer.token(t, "admin"))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.load.Run(ctx, loaders, 0)
	}()
	f.stop = func() { cancel(); <-done }
	t.Cleanup(f.stop)
	return f
}

func (f *fleet) start(i int) {
	f.t.Helper()
	f.members[i].Store(start(f.t, f.t.TempDir(), "serve", "--addr", "127.0.0.1:0", "--db", f.database,
		"--issuer", f.issuer.url+"/idp", "--audience", f.issuer.url))
}

func (f *fleet) member(i int) *process { return f.members[i].Load() }

// change returns what the load does: a request to one of the processes after the other.
func (f *fleet) change(token string) func(context.Context, storetest.Attempt) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: loaders}}
	f.t.Cleanup(client.CloseIdleConnections)
	var next atomic.Int64
	return func(ctx context.Context, a storetest.Attempt) error {
		p := f.member(int(next.Add(1)) % len(f.members))
		method, url, body := http.MethodPut, "/execution-config/container-api", `{"version-constraint":"`+a.Constraint+`"}`
		if a.Constraint == "" {
			method, url, body = http.MethodPost, "/migration/rollback", ""
		}
		url = fmt.Sprintf("%s/connectors/%s/versions/%d%s", p.url, a.PublicID, a.Number, url)
		status, err := sendNamed(ctx, client, method, url, token, body, a.RequestID)
		switch {
		case errors.Is(err, syscall.ECONNREFUSED):
			return connector.ErrUnavailable
		case err != nil, status == http.StatusServiceUnavailable:
			return fmt.Errorf("%w: status %d: %w", connector.ErrOutcomeUnknown, status, err)
		case status != http.StatusOK:
			return fmt.Errorf("status %d", status)
		}
		return nil
	}
}

// sendNamed makes one request with a request id of its own and returns the status.
func sendNamed(ctx context.Context, client *http.Client, method, url, token, body, id string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("X-Request-Id", id)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// check ends the load and judges the database by it.
func (f *fleet) check(what string, atLeast int) storetest.Figures {
	f.t.Helper()
	f.stop()
	store, err := openStore(f.t.Context(), f.database)
	if err != nil {
		f.t.Fatal(err)
	}
	defer store.Close()
	figures := f.load.Check(f.t, store)
	f.t.Logf("%s: %v", what, figures)
	if figures.Acknowledged < atLeast {
		f.t.Errorf("only %d changes were acknowledged, want %d", figures.Acknowledged, atLeast)
	}
	return figures
}

func TestKilledUnderLoad(t *testing.T) {
	onEach(t, func(t *testing.T, db string) {
		f := newFleet(t, db, 1)
		for range 3 {
			f.load.Await(t, 200)
			f.member(0).kill()
			f.start(0)
		}
		f.load.Await(t, 200)
		f.check("cded killed three times", 800)
	})
}

func TestReplicas(t *testing.T) {
	large := func(t *testing.T) string { return postgrestest.Address(t) }
	for _, row := range []struct {
		name     string
		database func(*testing.T) string
		n        int
	}{
		{"2 on postgres", large, 2},
		{"4 on postgres", large, 4},
		{"2 on sqlite", database, 2}, // which nobody should do, and which loses nothing
	} {
		t.Run(row.name, func(t *testing.T) {
			f := newFleet(t, row.database(t), row.n)
			f.load.Await(t, 500)
			f.member(1).kill()
			f.load.Await(t, 200)
			f.start(1)
			f.load.Await(t, 300)
			f.check(row.name+", one killed", 1000)
		})
	}
}

// TestTerminatedUnderLoad: every request that was taken is answered, and what was answered is there.
func TestTerminatedUnderLoad(t *testing.T) {
	f := newFleet(t, database(t), 1)
	for range 3 {
		f.load.Await(t, 200)
		p := f.member(0)
		if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		select {
		case <-p.done:
		case <-time.After(30 * time.Second):
			t.Fatalf("it does not end: %s", p.log)
		}
		if code := p.command.ProcessState.ExitCode(); code != 0 {
			t.Errorf("exit %d: %s", code, p.log)
		}
		f.start(0)
	}
	f.load.Await(t, 200)
	figures := f.check("cded terminated three times", 800)
	if figures.Found > 0 {
		t.Errorf("%d changes were made and not answered", figures.Found)
	}
}

func TestPrimaryKilledUnderReplicas(t *testing.T) {
	t.Parallel()
	primary := postgrestest.NewServer(t)
	standby := primary.NewStandby(t)
	f := newFleet(t, fmt.Sprintf("postgres://cde@127.0.0.1:%d,127.0.0.1:%d/cde?sslmode=disable", primary.Port, standby.Port), 2)
	f.load.Await(t, 300)
	primary.Kill()
	f.awaitReadiness(http.StatusServiceUnavailable)
	standby.Promote(t)
	f.load.Await(t, 300)
	f.awaitReadiness(http.StatusOK)
	f.check("primary killed, standby promoted", 600)
}

func TestStandbyLostUnderServer(t *testing.T) {
	t.Parallel()
	primary := postgrestest.NewServer(t)
	standby := primary.NewStandby(t)
	f := newFleet(t, primary.Address(), 1)
	f.load.Await(t, 200)
	standby.Kill()
	f.awaitReadiness(http.StatusServiceUnavailable)
	if status, _, err := send(t.Context(), http.DefaultClient, http.MethodGet, f.member(0).url+"/healthz", "", ""); err != nil || status != http.StatusOK {
		t.Errorf("liveness: status %d, %v", status, err)
	}
	if err := standby.Start(); err != nil {
		t.Fatal(err)
	}
	f.awaitReadiness(http.StatusOK)
	f.load.Await(t, 200)
	f.check("standby lost and back", 400)
	if !strings.Contains(f.member(0).log.String(), "outcome unknown") {
		t.Error("the log does not say that an outcome is unknown")
	}
}

// awaitReadiness returns when /readyz of all processes answers the status.
func (f *fleet) awaitReadiness(want int) {
	f.t.Helper()
	for i := range f.members {
		var status int
		var err error
		for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if status, _, err = send(f.t.Context(), http.DefaultClient, http.MethodGet, f.member(i).url+"/readyz", "", ""); err == nil && status == want {
				break
			}
		}
		if status != want {
			f.t.Fatalf("/readyz is %d, %v, not %d", status, err, want)
		}
	}
}

// TestKilledImport leaves nothing behind: an import is there as a whole or not at all.
func TestKilledImport(t *testing.T) {
	onEach(t, func(t *testing.T, db string) {
		kept := string(storetest.Record(1, 1).AppendJSON(nil))
		if _, talk, code := cded(t, kept, nil, "connectors", "import", "-", "--db", db); code != 0 {
			t.Fatal(talk)
		}
		command := exec.Command(os.Args[0], "connectors", "import", "-", "--db", db)
		command.Env = append(os.Environ(), asCommand+"=1")
		in, err := command.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		const records = 3000 // more than the pipe holds, so that most have been taken in
		for n := range records {
			if _, err := in.Write(append(storetest.Record(n+1, 1).AppendJSON(nil), '\n')); err != nil {
				t.Fatal(err)
			}
		}
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = command.Wait()
		out, talk, code := cded(t, "", nil, "connectors", "export", "--db", db)
		if code != 0 || out != kept+"\n" {
			t.Errorf("exit %d, %s; there are %d records, not the one before", code, talk, strings.Count(out, "\n"))
		}
		if _, talk, code := cded(t, kept, nil, "connectors", "import", "-", "--db", db); code != 0 {
			t.Errorf("the next import: exit %d, %s", code, talk)
		}
	})
}
