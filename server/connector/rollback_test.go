package connector_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/productsupcom/cde/server/connector/storetest"
)

const (
	neverSynchronized = "Operation is only allowed for connectors that were previously synchronized to production"
	noMigration       = "Connector has no migration to roll back."
)

func TestRollbackMigration(t *testing.T) {
	w := newWorld(t, storetest.Samples()[1])
	got, err := w.rollback()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "rollback.json", got.JSON())
	if n, ok := got.ExecutableInUse(); !ok || n != 24 {
		t.Errorf("in use is %d, %v", n, ok)
	}
	want := []string{
		`updated-at: "2026-05-11T14:13:05+02:00" → "2026-11-23T07:06:07+02:00"`,
		`executable-in-use: null → 24`,
	}
	if diff := cmp.Diff(want, changes(w.history())); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	document := strings.Replace(string(got.JSON()), "2026-11-23T07:06:07+02:00", "2026-05-11T14:13:05+02:00", 1)
	if diff := cmp.Diff(string(w.before.JSON()), document); diff != "" {
		t.Errorf("more than updated-at was changed (-want +got):\n%s", diff)
	}
	if stored := string(got.AppendStored(nil)); !strings.HasSuffix(stored, `"executable-in-use":24}`) {
		t.Errorf("stored as %s", stored)
	}
}

func TestRollbackRepeated(t *testing.T) {
	w := newWorld(t, storetest.Samples()[1])
	first, err := w.rollback()
	if err != nil {
		t.Fatal(err)
	}
	now := now
	for range 3 {
		now = now.AddDate(0, 0, 1)
		if again, err := w.rollback(); err != nil || !again.Equal(first) {
			t.Errorf("%v: %s", err, again.JSON())
		}
	}
	if n := len(w.history()); n != 1 {
		t.Errorf("%d events", n)
	}
}

func TestRollbackAndPutDoNotDisturbEachOther(t *testing.T) {
	w := newWorld(t, storetest.Samples()[1])
	if _, err := w.rollback(); err != nil {
		t.Fatal(err)
	}
	got, err := w.put(nil, "^1")
	if n, ok := got.ExecutableInUse(); err != nil || !ok || n != 24 {
		t.Errorf("after a put in use is %d, %v, %v", n, ok, err)
	}
	again, err := w.rollback()
	if err != nil || !again.Equal(got) || again.ContainerAPI().VersionConstraint != "^1" {
		t.Errorf("the put is gone: %v, %s", err, again.JSON())
	}
	if n := len(w.history()); n != 2 {
		t.Errorf("%d events", n)
	}
}

func TestRollbackIsRefused(t *testing.T) {
	const migration, production = `"migration":{"legacy-executable":24}`, `"platform_prod_reference":{"executable":25`
	for _, test := range []struct {
		name, text string
		oldnew     []string
	}{
		{"never synchronized", neverSynchronized, []string{production, `"platform_prod_reference":{"executable":null`}},
		{"no migration", noMigration, []string{migration, `"migration":null`}},
		{"neither", neverSynchronized, []string{production, `"platform_prod_reference":{"executable":null`, migration, `"migration":null`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, storetest.Samples()[1], test.oldnew...)
			_, err := w.rollback()
			w.refused(err, test.text)
		})
	}
}

func TestRollbackDoesNotLookAtTheState(t *testing.T) {
	for _, state := range []string{"created", "building", "synchronizing-to-prod", "a state of tomorrow"} {
		w := newWorld(t, storetest.Samples()[1], `"state":"synchronized-to-dev"`, `"state":"`+state+`"`)
		if got, err := w.rollback(); err != nil || string(got.State()) != state {
			t.Errorf("%s: got %s, %v", state, got.State(), err)
		}
	}
}

func TestRollbackOfZeroIsAnExecutable(t *testing.T) {
	w := newWorld(t, storetest.Samples()[1], `"legacy-executable":24`, `"legacy-executable":0`, `{"executable":25`, `{"executable":0`)
	if got, err := w.rollback(); err != nil {
		t.Errorf("%v: %s", err, got.JSON())
	}
}
