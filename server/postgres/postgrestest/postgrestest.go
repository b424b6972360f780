// Package postgrestest gives tests a PostgreSQL server: the one that CDE_TEST_POSTGRES names, or one of
// their own that lives as long as they do, made with the programs of a Debian postgresql package. Where
// there is neither, the tests that need one are left out, which is said aloud, and is a failure where CI is
// set. For tests of failures it starts servers that may be killed, and standbys.
package postgrestest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Environment is the variable that names a server to use: an address of the form postgres://… whose user may
// create schemas.
const Environment = "CDE_TEST_POSTGRES"

var shared struct {
	once    sync.Once
	address string
	server  *Server
	err     error
	left    atomic.Int64 // tests that were left out
	schemas atomic.Int64
}

// Main runs the tests of a package that uses [Address], ends the server that they shared, and returns the
// program's exit code.
func Main(m *testing.M) int {
	code := m.Run()
	if shared.server != nil {
		shared.server.Stop()
		shared.server.remove()
	}
	if n := shared.left.Load(); n > 0 {
		fmt.Fprintf(os.Stderr, "\nNOT TESTED: %d tests were left out, because there is no PostgreSQL: %v\n"+
			"            Set %s or install postgresql (make setup).\n\n", n, shared.err, Environment)
	}
	return code
}

// Address returns the address of an empty place in the shared server: a schema that belongs to the test
// and goes with it. Without a server it skips the test, or fails it where CI is set.
func Address(t testing.TB) string {
	t.Helper()
	shared.once.Do(start)
	if shared.err != nil {
		leaveOut(t, shared.err)
	}
	schema := fmt.Sprintf("test_%d_%d", os.Getpid(), shared.schemas.Add(1))
	Exec(t, shared.address, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { Exec(t, shared.address, "DROP SCHEMA "+schema+" CASCADE") })
	return With(shared.address, "search_path", schema)
}

func start() {
	if shared.address = os.Getenv(Environment); shared.address != "" {
		return
	}
	shared.server, shared.err = newServer(fast...)
	if shared.err == nil {
		shared.address = shared.server.Address()
	}
}

// fast is for servers that nobody kills: what they hold need not outlive the machine.
var fast = []string{"fsync=off", "full_page_writes=off", "synchronous_commit=on"}

func leaveOut(t testing.TB, why error) {
	t.Helper()
	shared.left.Add(1)
	if os.Getenv("CI") != "" {
		t.Fatalf("CI must test with PostgreSQL: %v", why)
	}
	t.Skipf("NOT TESTED without PostgreSQL: %v", why)
}

// With returns the address with a parameter more.
func With(address, name, value string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// Exec runs statements at the address, which may take a minute.
func Exec(t testing.TB, address string, statements ...string) {
	t.Helper()
	if err := execute(address, statements...); err != nil {
		t.Fatal(err)
	}
}

func execute(address string, statements ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

// Query returns the first column of the first row as text.
func Query(t testing.TB, address, query string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	var text *string
	if err := conn.QueryRow(ctx, "SELECT ("+strings.TrimSuffix(query, ";")+")::text").Scan(&text); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if text == nil {
		return ""
	}
	return *text
}
