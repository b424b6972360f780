package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/productsupcom/cde/server/connector"
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

func importOne(t testing.TB, s *sqlite.Store, id string) connector.Record {
	t.Helper()
	r := record(t, id)
	if _, err := s.Import(t.Context(), records(r)); err != nil {
		t.Fatal(err)
	}
	return r
}

func records(all ...connector.Record) iter.Seq2[connector.Record, error] {
	return func(yield func(connector.Record, error) bool) {
		for _, r := range all {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func record(t testing.TB, id string) connector.Record {
	t.Helper()
	public, err := connector.ParsePublicID(id)
	if err != nil {
		t.Fatal(err)
	}
	v, err := connector.LoadVersion([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return connector.Record{PublicID: public, Owner: "5d4fc3a0-0000-4000-8000-000000000001", Versions: []connector.Version{v}}
}

const id = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
const document = `{"name":"kohler.org","description":null,"readme":null,"version":"1.0.0","logo":null,"created-at":"2026-05-11T14:12:27+02:00","updated-at":"2026-05-11T14:12:27+02:00","deleted-at":null,"state":"updating","config":{"update-progress":[],"secret-registrations":[],"authentication-registrations":[],"authentication-registrations-additional-fields":[],"application":null,"vcs":null,"docker":{"image-name":null,"image-tag":null,"registry-url":null},"individuals":[],"migration":null,"execution":{"execution-mode":"as-env-variables","container-api-image":"test.domain.docker/test/container-api-image:1.0.0","docker-host":null,"container-api":{"image":"test.domain.docker/test/container-api-image:1.0.0","version-constraint":"^0.20"}},"export":null,"data-service":null,"datasource":{"categories":[]},"buckets":[],"feature-flags":[],"container-api-config":null},"platform_dev_reference":{"account":null,"project":null,"executable":null,"platform-connector":null,"site":null,"site-processing-cluster":null,"assigned-to-site":null,"assigned-to-channel":null,"assigned-to-channel-site":null,"assigned-to-channel-site-destination":null,"runtime":{"environment":"bin-docker-wrapper","version":"8.16.19"}},"platform_prod_reference":{"executable":null,"platform-connector":null,"target-accounts":[],"target-projects":[],"target-sites":[],"enabled-for-accounts":[],"enabled-for-projects":[],"enabled-for-sites":[],"assigned-to-sites":[],"released":false,"version":null,"runtime":{"environment":"bin-docker-wrapper","version":"8.16.19"}},"prod_config":null,"dev_config":null}`

func put(s connector.Store, who connector.PublicID, constraint string) (connector.Version, error) {
	service, err := connector.New(s, connector.Options{})
	if err != nil {
		return connector.Version{}, err
	}
	latest, _ := connector.ParseSelector("latest")
	return service.UpdateContainerAPIVersion(context.Background(), connector.Request{Caller: connector.Caller{Subject: "admin", Admin: true},
		PublicID: who, Selector: latest, Operation: "updateContainerApiVersion", RequestID: constraint},
		connector.ContainerAPI{VersionConstraint: constraint})
}

func TestChangesFromManyReachTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cde.db")
	s := open(t, path)
	r := importOne(t, s, id)
	const writers, each = 16, 25
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				if _, err := put(s, r.PublicID, fmt.Sprintf("^1.%d.%d", w, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	n := 0
	for event, err := range s.History(t.Context(), r.PublicID, 1, 0) {
		if n++; err != nil || event.Sequence != int64(n) {
			t.Fatalf("event %d: %v %v", n, event, err)
		}
	}
	if n != writers*each {
		t.Errorf("%d events, want %d", n, writers*each)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestBackupWhileServing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "cde.db"))
	r := importOne(t, s, id)
	if _, err := put(s, r.PublicID, "^3"); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "copy.db")
	if err := s.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), copied); !errors.Is(err, fs.ErrExist) {
		t.Errorf("second backup: %v", err)
	}
	want, err := s.Version(t.Context(), r.PublicID, 1)
	if err != nil {
		t.Fatal(err)
	}
	got, err := open(t, copied).Version(t.Context(), r.PublicID, 1)
	if err != nil || !got.Equal(want) {
		t.Errorf("restored %v %s, want %s", err, got.JSON(), want.JSON())
	}
	for got, err := range s.Export(t.Context()) {
		if err != nil || !got.Versions[0].Equal(want) {
			t.Error(err, got)
		}
	}
}
