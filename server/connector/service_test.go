package connector_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/connector/storetest"
)

var now = time.Date(2026, 11, 23, 5, 6, 7, 891_234_567, time.UTC)

const seedImage = "test.domain.docker/test/container-api-image:1.0.0"

// world is a service over a store that holds one connector.
type world struct {
	t      *testing.T
	store  *storetest.Memory
	svc    *connector.Service
	before connector.Version // version 1 as it was in the beginning
	req    connector.Request // the owner's, for version 1
}

// newWorld has the record's first version with each old text in its document replaced by the new one.
func newWorld(t *testing.T, r connector.Record, oldnew ...string) *world {
	t.Helper()
	document := string(r.Versions[0].AppendStored(nil))
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(document, oldnew[i]) {
			t.Fatalf("the document has no %s", oldnew[i])
		}
		document = strings.Replace(document, oldnew[i], oldnew[i+1], 1)
	}
	v, err := connector.LoadVersion([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	r.Versions = []connector.Version{v}
	w := &world{t: t, store: storetest.NewMemory(r), before: v}
	w.svc = w.service(connector.Options{Now: func() time.Time { return now }})
	latest, _ := connector.ParseSelector("latest")
	w.req = connector.Request{Caller: connector.Caller{Subject: owner}, PublicID: r.PublicID, Selector: latest,
		Operation: "operation", RequestID: "request-1"}
	return w
}

func (w *world) service(o connector.Options) *connector.Service {
	w.t.Helper()
	svc, err := connector.New(w.store, o)
	if err != nil {
		w.t.Fatal(err)
	}
	return svc
}

func (w *world) put(image *string, constraint string) (connector.Version, error) {
	return w.svc.UpdateContainerAPIVersion(w.t.Context(), w.req, connector.ContainerAPI{Image: image, VersionConstraint: constraint})
}

func (w *world) rollback() (connector.Version, error) {
	return w.svc.RollbackMigration(w.t.Context(), w.req)
}

func (w *world) history() (events []connector.Event) {
	w.t.Helper()
	for e, err := range w.store.History(w.t.Context(), w.req.PublicID, 1, 0) {
		if err != nil {
			w.t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

// unchanged fails the test unless the store has the version as it was, and no history.
func (w *world) unchanged() {
	w.t.Helper()
	v, err := w.store.Version(w.t.Context(), w.req.PublicID, 1)
	if err != nil || !v.Equal(w.before) {
		w.t.Errorf("the version was written: %v\n%s", err, cmp.Diff(string(w.before.JSON()), string(v.JSON())))
	}
	if events := w.history(); len(events) != 0 {
		w.t.Errorf("events were written: %v", events)
	}
}

// refused fails the test unless err is a refusal with this text and nothing was written.
func (w *world) refused(err error, text string) {
	w.t.Helper()
	var refusal *connector.RefusalError
	if !errors.As(err, &refusal) || refusal.Message != text {
		w.t.Errorf("got %v, want the refusal %q", err, text)
	}
	w.unchanged()
}

// change is one line of what an edit did: the path, before and after.
func changes(events []connector.Event) []string {
	var lines []string
	for _, e := range events {
		for _, c := range e.Changes {
			lines = append(lines, c.Path+": "+string(c.Before)+" → "+string(c.After))
		}
	}
	return lines
}

// golden compares with testdata/name, which UPDATE_GOLDEN=1 writes anew.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, got, "", "  "); err != nil {
		t.Fatal(err)
	}
	pretty.WriteByte('\n')
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, pretty.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), pretty.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func ptr[T any](v T) *T { return &v }

func TestNewChecksTheDefaultImage(t *testing.T) {
	if _, err := connector.New(storetest.NewMemory(), connector.Options{DefaultImage: "Not An Image"}); err == nil {
		t.Error("a default image that is no image is accepted")
	}
}

// TestOrderOfLooking makes everything wrong and then puts it right, one thing after the other.
func TestOrderOfLooking(t *testing.T) {
	w := newWorld(t, storetest.Samples()[0], `"state":"updating"`, `"state":"building"`)
	good := w.req
	w.req.Caller.Subject, w.req.PublicID = integrator, connector.PublicID{}
	w.req.Selector, _ = connector.ParseSelector("2")
	constraint := ""
	for _, step := range []struct {
		put, rollback string
		mend          func()
	}{
		{"version-constraint: This value should not be blank.", "Connector not found.", func() { constraint = "^1" }},
		{"Connector not found.", "Connector not found.", func() { w.req.PublicID = good.PublicID }},
		{"Access denied for user.", "Access denied for user.", func() { w.req.Caller = good.Caller }},
		{"Connector does not have specified version.", "Connector does not have specified version.", func() { w.req.Selector = good.Selector }},
		{"Transition is not allowed, entity is building.", neverSynchronized, func() {}},
	} {
		if _, err := w.put(nil, constraint); err == nil || err.Error() != step.put {
			t.Errorf("put: got %v, want %s", err, step.put)
		}
		if _, err := w.rollback(); err == nil || err.Error() != step.rollback {
			t.Errorf("rollback: got %v, want %s", err, step.rollback)
		}
		step.mend()
	}
	w.unchanged()
}

func TestStoreErrorsReachTheCaller(t *testing.T) {
	w := newWorld(t, storetest.Samples()[1])
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.svc.RollbackMigration(ctx, w.req); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	_ = w.store.Close()
	if _, err := w.put(nil, "^1"); !errors.Is(err, connector.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}
