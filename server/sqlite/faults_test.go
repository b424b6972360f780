package sqlite_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/connector/storetest"
)

// refused fails the test if the store goes on taking changes.
func refused(t *testing.T, s connector.Store) {
	t.Helper()
	do := storetest.Through(t, s)
	for n := range 1000 {
		err := do(t.Context(), storetest.Attempt{PublicID: storetest.Apart.PublicID, Number: 1, RequestID: "try", Constraint: fmt.Sprint("2.0.", n)})
		if errors.Is(err, connector.ErrUnavailable) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Error("the store takes every change")
}

func readable(t *testing.T, s connector.Store) {
	t.Helper()
	if _, err := s.Version(t.Context(), storetest.Apart.PublicID, 1); err != nil {
		t.Errorf("it cannot be read: %v", err)
	}
}

func TestDiskFull(t *testing.T) {
	dir, fill, free := storetest.SmallDisk(t, 8<<20)
	s := open(t, filepath.Join(dir, "cde.db"))
	load, stop := storetest.Under(t, s)
	load.Await(t, 500)
	fill()
	storetest.Turns(t, s, false)
	refused(t, s)
	readable(t, s)
	free()
	storetest.Turns(t, s, true)
	load.Await(t, 500)
	stop()
	t.Logf("disk full and freed: %v", load.Check(t, s))
}

func TestTurnedReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cde.db")
	s := open(t, path)
	load, stop := storetest.Under(t, s)
	load.Await(t, 500)
	files := []string{path, path + "-wal"}
	immutable(t, "+i", files)
	t.Cleanup(func() { immutable(t, "-i", files) })
	storetest.Turns(t, s, false)
	refused(t, s)
	readable(t, s)
	immutable(t, "-i", files)
	storetest.Turns(t, s, true)
	load.Await(t, 500)
	stop()
	t.Logf("read-only and back: %v", load.Check(t, s))
}

// immutable has the file system refuse writes, also to files that are open.
func immutable(t *testing.T, flag string, files []string) {
	t.Helper()
	out, err := exec.Command("chattr", append([]string{flag}, files...)...).CombinedOutput()
	if err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("CI must test a read-only database: chattr: %v: %s", err, out)
	}
	t.Skipf("NOT TESTED, a database turned read-only: chattr: %v: %s", err, out)
}

func TestAnotherProcessWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cde.db")
	s := open(t, path)
	load, stop := storetest.Under(t, s)
	load.Await(t, 200)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	other, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"PRAGMA busy_timeout=10000", "BEGIN IMMEDIATE"} {
		if _, err := other.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	storetest.Turns(t, s, false)
	refused(t, s)
	readable(t, s)
	if _, err := other.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	storetest.Turns(t, s, true)
	load.Await(t, 200)
	stop()
	t.Logf("another process wrote: %v", load.Check(t, s))
}

func TestFileGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cde.db")
	s := open(t, path)
	load, stop := storetest.Under(t, s)
	load.Await(t, 200)
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	stop()
	if _, err := os.Stat(path); err == nil {
		t.Error("an empty database has taken the place of the one that is gone")
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	t.Logf("file gone and back: %v", load.Check(t, open(t, path)))
}

func TestLinearizable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cde.db")
	storetest.Linearizable(t, open(t, path), open(t, path))
}
