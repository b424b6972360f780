package postgrestest

import (
	"fmt"
	"testing"
	"time"
)

// NewStandby starts a hot standby of s, and makes s wait for it with every commit.
func (s *Server) NewStandby(t testing.TB) *Server {
	t.Helper()
	standby, err := place()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { standby.end(t) })
	from := fmt.Sprintf("host=127.0.0.1 port=%d user=postgres application_name=standby", s.Port)
	if err := standby.run("pg_basebackup", "-D", standby.data(), "-d", from, "-R", "-X", "stream", "-c", "fast", "-N"); err != nil {
		t.Fatal(err)
	}
	if err := standby.configure("synchronous_standby_names=''"); err != nil {
		t.Fatal(err)
	}
	if err := standby.Start(); err != nil {
		t.Fatal(err)
	}
	Exec(t, s.Admin("postgres"), "ALTER SYSTEM SET synchronous_standby_names = 'standby'", "SELECT pg_reload_conf()")
	s.AwaitStandby(t)
	return standby
}

// AwaitStandby returns when commits on s wait for a standby that follows.
func (s *Server) AwaitStandby(t testing.TB) {
	t.Helper()
	for range 600 {
		if Query(t, s.Admin("postgres"), "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1" {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("no synchronous standby:\n%s", s.Log())
}

// Promote makes a standby a server that can be written, and returns when it can.
func (s *Server) Promote(t testing.TB) {
	t.Helper()
	Exec(t, s.Admin("postgres"), "SELECT pg_promote()")
}
