package storetest

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/productsupcom/cde/server/connector"
)

// noon is what the clock of the suite's services shows.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 123456000, time.UTC)

func service(t *testing.T, store connector.Store) *connector.Service {
	t.Helper()
	s, err := connector.New(store, connector.Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// request is the owner's request for a version of the n-th record.
func request(t *testing.T, n int, selector string) connector.Request {
	t.Helper()
	r := Record(n, 1)
	s, err := connector.ParseSelector(selector)
	if err != nil {
		t.Fatal(err)
	}
	return connector.Request{Caller: connector.Caller{Subject: r.Owner}, PublicID: r.PublicID, Selector: s,
		Operation: "updateContainerApiVersion", RequestID: "request"}
}

// put asks for the version constraint 1.0.i, so that each i is another change.
func put(ctx context.Context, s *connector.Service, r connector.Request, i int) (connector.Version, error) {
	return s.UpdateContainerAPIVersion(ctx, r, connector.ContainerAPI{VersionConstraint: "1.0." + strconv.Itoa(i)})
}

func mustPut(t *testing.T, s *connector.Service, r connector.Request, i int) connector.Version {
	t.Helper()
	v, err := put(t.Context(), s, r, i)
	if err != nil {
		t.Fatalf("put %d: %v", i, err)
	}
	return v
}

func mustVersion(t *testing.T, store connector.Store, id connector.PublicID, number int) connector.Version {
	t.Helper()
	v, err := store.Version(t.Context(), id, number)
	if err != nil {
		t.Fatalf("version %d of %s: %v", number, id, err)
	}
	return v
}

func mustHistory(t *testing.T, store connector.Store, id connector.PublicID, number int) []connector.Event {
	t.Helper()
	events, err := collect(store.History(t.Context(), id, number, 0))
	if err != nil {
		t.Fatalf("history of version %d of %s: %v", number, id, err)
	}
	return events
}

// settled returns a version's history and the version as of one moment, though commits of unknown fate may
// still come in.
func settled(t *testing.T, store connector.Store, id connector.PublicID, number int) ([]connector.Event, connector.Version) {
	t.Helper()
	events := mustHistory(t, store, id, number)
	for {
		version, again := mustVersion(t, store, id, number), mustHistory(t, store, id, number)
		if len(again) == len(events) {
			return events, version
		}
		events = again
	}
}

// untouched fails the test if the version is not as the record has it, or has a history.
func untouched(t *testing.T, store connector.Store, r connector.Record, number int) {
	t.Helper()
	i := slices.IndexFunc(r.Versions, func(v connector.Version) bool { return v.Number() == number })
	if got := mustVersion(t, store, r.PublicID, number); !got.Equal(r.Versions[i]) {
		t.Errorf("version %d was written:\n%s", number, cmp.Diff(string(r.Versions[i].JSON()), string(got.JSON())))
	}
	if events := mustHistory(t, store, r.PublicID, number); len(events) != 0 {
		t.Errorf("version %d has a history: %v", number, events)
	}
}

// replay fails the test if the history does not lead from one version to the other: sequence numbers
// 1, 2, 3, …, each event beginning where the one before ended.
func replay(t *testing.T, from, to connector.Version, events []connector.Event) {
	t.Helper()
	fields := fieldsOf(t, from)
	for i, e := range events {
		if e.Sequence != int64(i)+1 {
			t.Fatalf("event %d has sequence %d", i+1, e.Sequence)
		}
		for _, c := range e.Changes {
			if before := fields[c.Path]; string(c.Before) != before {
				t.Fatalf("event %d: %s was %s before, not %s", i+1, c.Path, before, c.Before)
			}
			fields[c.Path] = string(c.After)
		}
	}
	if diff := cmp.Diff(fieldsOf(t, to), fields); diff != "" {
		t.Errorf("the history does not end at the version (-version +history):\n%s", diff)
	}
}

// fieldsOf returns the JSON of every member of the version that an event may name.
func fieldsOf(t *testing.T, v connector.Version) map[string]string {
	t.Helper()
	fields := map[string]string{"executable-in-use": "null"}
	var walk func(path string, raw json.RawMessage)
	walk = func(path string, raw json.RawMessage) {
		var members map[string]json.RawMessage
		if raw[0] != '{' || json.Unmarshal(raw, &members) != nil {
			fields[path] = string(raw)
			return
		}
		for name, value := range members {
			if path != "" {
				name = path + "." + name
			}
			walk(name, value)
		}
	}
	walk("", v.AppendStored(nil))
	return fields
}
