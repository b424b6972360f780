package sqlite_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/connector/storetest"
	"github.com/productsupcom/cde/server/sqlite"
)

func open(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{BusyTimeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestMustExist(t *testing.T) {
	dir := t.TempDir()
	path, empty := filepath.Join(dir, "cde.db"), filepath.Join(dir, "empty.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{path: fs.ErrNotExist, empty: sqlite.ErrForeign} {
		before, _ := os.ReadDir(dir)
		if _, err := sqlite.Open(t.Context(), path, sqlite.Options{MustExist: true}); !errors.Is(err, want) {
			t.Errorf("Open(%q): %v, want %v", path, err, want)
		}
		if after, _ := os.ReadDir(dir); len(before) != len(after) {
			t.Errorf("Open(%q) made something: %v", path, after)
		}
	}
	open(t, path).Close()
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{MustExist: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// execute runs statements on the file, as another program would.
func execute(t testing.TB, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(text); err != nil {
		t.Fatal(err)
	}
}

// Without these a change that was answered is lost when the power fails.
func TestEveryCommitIsFlushed(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "cde.db"))
	for name, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "page_size": "8192"} {
		if got, err := s.Pragma(t.Context(), name); err != nil || got != want {
			t.Errorf("%s is %q, %v; want %s", name, got, err, want)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	newer, foreign, text := filepath.Join(dir, "newer.db"), filepath.Join(dir, "foreign.db"), filepath.Join(dir, "text.db")
	open(t, newer).Close()
	execute(t, newer, fmt.Sprintf("PRAGMA user_version=%d", sqlite.SchemaVersion()+1))
	execute(t, foreign, "CREATE TABLE song (title TEXT)")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{
		newer: sqlite.ErrNewerSchema, foreign: sqlite.ErrForeign, filepath.Join(dir, "no", "such.db"): fs.ErrNotExist, text: nil, "": nil,
	} {
		before, _ := os.ReadFile(path)
		s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		if err == nil {
			s.Close()
		}
		if err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("Open(%q): %v, want %v", path, err, want)
		}
		if after, _ := os.ReadFile(path); !slices.Equal(before, after) {
			t.Errorf("Open(%q) changed the file", path)
		}
	}
}

func TestOpenByManyAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cde.db")
	opened := make(chan error, 8)
	for range cap(opened) {
		go func() {
			s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
			if err == nil {
				err = errors.Join(s.Ready(t.Context()), s.Close())
			}
			opened <- err
		}()
	}
	for range cap(opened) {
		if err := <-opened; err != nil {
			t.Error(err)
		}
	}
}

// fingerprints returns a hash of each version with its history.
func fingerprints(t *testing.T, s connector.Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	for r, err := range s.Export(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range r.Versions {
			hash := sha256.New()
			hash.Write(v.AppendStored(nil))
			for e, err := range s.History(t.Context(), r.PublicID, v.Number(), 0) {
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintln(hash, e.Sequence, string(e.AppendJSON(nil)))
			}
			all[fmt.Sprint(r.PublicID, " ", v.Number())] = hex.EncodeToString(hash.Sum(nil))
		}
	}
	return all
}

// A backup that is taken while changes go on holds everything that was answered before it began, and is of one moment.
func TestBackupWhileServing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "cde.db"))
	load, stop := storetest.Under(t, s)
	load.Await(t, 300)
	during := filepath.Join(dir, "during.db")
	if err := s.Backup(t.Context(), during); err != nil {
		t.Fatal(err)
	}
	load.Await(t, 300)
	stop()
	t.Logf("backup under load: %v", load.Check(t, s))
	whole, part := fingerprints(t, s), open(t, during)
	events := 0
	for _, r := range load.Records {
		last := int64(0)
		for e, err := range part.History(t.Context(), r.PublicID, 1, 0) {
			if last++; err != nil || e.Sequence != last {
				t.Fatalf("event %d: %v, %v", last, e, err)
			}
		}
		events += int(last)
	}
	if events < 200 { // of ten changes one is a rollback, which writes one event only
		t.Errorf("the backup has only %d events", events)
	}
	after := filepath.Join(dir, "after.db")
	if err := s.Backup(t.Context(), after); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole, fingerprints(t, open(t, after))); diff != "" || len(whole) < 9 {
		t.Errorf("%d versions were restored otherwise (-database +restored):\n%s", len(whole), diff)
	}
	if err := s.Backup(t.Context(), after); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
	if mode := mode(t, after); mode != 0o600 {
		t.Errorf("the backup can be read by others: %v", mode)
	}
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestInterruptedBackupLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "cde.db"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Backup(ctx, filepath.Join(dir, "copy.db")); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*copy*"))
	hidden, _ := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || len(left)+len(hidden) > 0 {
		t.Errorf("left behind: %v %v", left, hidden)
	}
}

func TestBulkInBoundedMemory(t *testing.T) {
	s, err := sqlite.Memory()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	storetest.BoundedMemory(t, s)
}
