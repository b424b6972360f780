package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/connector/storetest"
	"github.com/productsupcom/cde/server/postgres"
	"github.com/productsupcom/cde/server/postgres/postgrestest"
)

// impatient makes what hangs end soon.
var impatient = postgres.Options{ConnectTimeout: time.Second, StatementTimeout: time.Second,
	LockTimeout: time.Second, CommitTimeout: time.Second}

// try makes one change of [storetest.Apart] and returns how it ended, which must not take long.
func try(t *testing.T, s connector.Store, n int) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := storetest.Through(t, s)(ctx, storetest.Attempt{PublicID: storetest.Apart.PublicID, Number: 1,
		RequestID: fmt.Sprint("try-", n), Constraint: fmt.Sprint("2.0.", n)})
	if ctx.Err() != nil {
		t.Errorf("a change did not end in time: %v", err)
	}
	return err
}

func TestPrimaryKilledAndStandbyPromoted(t *testing.T) {
	t.Parallel()
	primary := postgrestest.NewServer(t)
	standby := primary.NewStandby(t)
	address := fmt.Sprintf("postgres://cde@127.0.0.1:%d,127.0.0.1:%d/cde?sslmode=disable&target_session_attrs=read-write",
		primary.Port, standby.Port)
	stores := replicas(t, address, 2, impatient)
	load, stop := storetest.Under(t, stores...)
	load.Await(t, 500)
	primary.Kill()
	standby.Promote(t)
	load.Await(t, 500)
	stop()
	storetest.Turns(t, stores[0], true)
	f := load.Check(t, stores[1])
	t.Logf("primary killed, standby promoted: %v", f)
	if f.Acknowledged < 1000 || f.Refused+f.Unknown == 0 {
		t.Errorf("too little happened: %v", f)
	}
}

func TestStandbyLost(t *testing.T) {
	t.Parallel()
	primary := postgrestest.NewServer(t)
	standby := primary.NewStandby(t)
	s := open(t, primary.Address(), impatient)
	load, stop := storetest.Under(t, s)
	load.Await(t, 200)
	standby.Kill()
	storetest.Turns(t, s, false)
	before := load.Acknowledged()
	for range 3 {
		storetest.Turns(t, s, false) // and stays so: a ping would succeed
	}
	if after := load.Acknowledged(); after != before {
		t.Errorf("%d changes were acknowledged without the standby", after-before)
	}
	if n := postgrestest.Query(t, primary.Admin("cde"), "SELECT count(*) FROM pg_stat_activity WHERE usename = 'cde' HAVING count(*) > 12"); n != "" {
		t.Errorf("%s connections have piled up", n)
	}
	if err := standby.Start(); err != nil {
		t.Fatal(err)
	}
	storetest.Turns(t, s, true)
	load.Await(t, 200)
	stop()
	f := load.Check(t, s)
	t.Logf("standby lost and back: %v", f)
	if f.Unknown == 0 {
		t.Errorf("no outcome was unknown: %v", f)
	}
}

// A commit whose wait for the standby is called off is a success in the server's eyes.
func TestCommitCalledOff(t *testing.T) {
	t.Parallel()
	primary := postgrestest.NewServer(t)
	standby := primary.NewStandby(t)
	patient := impatient
	patient.CommitTimeout = 30 * time.Second
	s := open(t, primary.Address(), patient)
	storetest.Import(t, s, storetest.Apart)
	for n, call := range []string{"pg_cancel_backend", "pg_terminate_backend"} {
		standby.Kill()
		answer := make(chan error, 1)
		go func() { answer <- try(t, s, n) }()
		const waits = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
		for postgrestest.Query(t, primary.Admin("cde"), "SELECT count(*) "+waits) == "0" {
			time.Sleep(10 * time.Millisecond)
		}
		postgrestest.Exec(t, primary.Admin("cde"), "SELECT "+call+"(pid) "+waits)
		if err := <-answer; !errors.Is(err, connector.ErrOutcomeUnknown) {
			t.Errorf("%s: %v", call, err)
		}
		// The change is there, on the primary only: even to repeat it waits for the standby.
		go func() { answer <- try(t, s, n) }()
		select {
		case err := <-answer:
			t.Errorf("repeated after %s, without the standby: %v", call, err)
		case <-time.After(300 * time.Millisecond):
		}
		if err := standby.Start(); err != nil {
			t.Fatal(err)
		}
		if err := <-answer; err != nil {
			t.Errorf("repeated after %s, with the standby: %v", call, err)
		}
	}
}

func TestServerRestarted(t *testing.T) {
	t.Parallel()
	server := postgrestest.NewServer(t)
	s := open(t, server.Address(), impatient)
	load, stop := storetest.Under(t, s)
	load.Await(t, 200)
	server.Stop()
	storetest.Turns(t, s, false)
	if err := try(t, s, 1); !errors.Is(err, connector.ErrUnavailable) {
		t.Errorf("without a server: %v", err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	storetest.Turns(t, s, true)
	load.Await(t, 200)
	stop()
	t.Logf("server restarted: %v", load.Check(t, s))
}

func TestServerFrozen(t *testing.T) {
	t.Parallel()
	server := postgrestest.NewServer(t)
	s := open(t, server.Address(), impatient)
	load, stop := storetest.Under(t, s)
	load.Await(t, 200)
	server.Freeze(true)
	storetest.Turns(t, s, false)
	if err := try(t, s, 1); err == nil {
		t.Error("a frozen server has committed")
	}
	server.Freeze(false)
	storetest.Turns(t, s, true)
	load.Await(t, 200)
	stop()
	t.Logf("server frozen and thawed: %v", load.Check(t, s))
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	server := postgrestest.NewServer(t)
	s := open(t, server.Address(), impatient)
	load, stop := storetest.Under(t, s)
	load.Await(t, 200)
	set := func(value string) {
		postgrestest.Exec(t, server.Admin("postgres"), "ALTER SYSTEM SET default_transaction_read_only = "+value, "SELECT pg_reload_conf()")
	}
	set("on")
	storetest.Turns(t, s, false)
	if err := try(t, s, 1); !errors.Is(err, connector.ErrUnavailable) {
		t.Errorf("read-only: %v", err)
	}
	if _, err := s.Version(t.Context(), storetest.Apart.PublicID, 1); err != nil {
		t.Errorf("read-only, but it cannot be read: %v", err)
	}
	set("off")
	storetest.Turns(t, s, true)
	load.Await(t, 200)
	stop()
	t.Logf("read-only and back: %v", load.Check(t, s))
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	dir, fill, free := storetest.SmallDisk(t, 24<<20)
	server := postgrestest.NewServer(t)
	postgrestest.Exec(t, server.Admin("postgres"), fmt.Sprintf("CREATE TABLESPACE small LOCATION '%s'", server.Directory(t, dir)),
		"ALTER DATABASE cde SET TABLESPACE small")
	s := open(t, server.Address(), impatient)
	load, stop := storetest.Under(t, s)
	load.Await(t, 200)
	fill()
	storetest.Turns(t, s, false)
	refused(t, s)
	if _, err := s.Version(t.Context(), storetest.Apart.PublicID, 1); err != nil {
		t.Errorf("full, but it cannot be read: %v", err)
	}
	free()
	storetest.Turns(t, s, true)
	load.Await(t, 200)
	stop()
	t.Logf("disk full and freed: %v", load.Check(t, s))
}

// refused fails the test if changes never are, while room is left in this page or that.
func refused(t *testing.T, s connector.Store) {
	t.Helper()
	for n := range 2000 {
		if err := try(t, s, n); errors.Is(err, connector.ErrUnavailable) {
			return
		}
	}
	t.Error("a full disk takes every change")
}
