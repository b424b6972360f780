package storetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/productsupcom/cde/server/connector"
)

func (s *suite) testHistory(t *testing.T) {
	subtests(t, []subtest{
		{"keeps events exactly", s.historyKeepsEvents},
		{"begins after the given sequence number", s.historyAfter},
		{"counts each version by itself", s.historyPerVersion},
		{"is empty for a version that was never changed", s.historyEmpty},
	})
}

func (s *suite) historyKeepsEvents(t *testing.T) {
	store := s.store(t, Record(1, 1))
	want := []connector.Event{
		{Time: noon, Subject: "5d4fc3a0-0000-4000-8000-000000000001", Operation: "updateContainerApiVersion",
			RequestID: "r-1", Changes: []connector.Change{
				{Path: "state", Before: []byte(`"created"`), After: []byte(`"updating"`)},
				{Path: "config.x", Before: []byte("null"), After: []byte(`{"a":[1,2.50,"\u00e9 <&> \" é"]}`)}}},
		{Time: noon.Add(-time.Hour), Subject: "ü|\"'\\\n\t;--", Operation: "o", RequestID: strings.Repeat("r", 1000),
			Changes: []connector.Change{{Path: "executable-in-use", Before: []byte("null"), After: []byte("24")}}},
		{Time: noon.Truncate(time.Second), Changes: []connector.Change{
			{Path: "a", Before: []byte("1"), After: []byte(`"` + strings.Repeat("long ", 20_000) + `"`)}}},
	}
	for i := range want {
		want[i].Sequence = int64(i) + 1
		_, err := store.Change(t.Context(), connector.Edit{
			PublicID: Record(1, 1).PublicID,
			Selector: request(t, 1, "1").Selector,
			Apply: func(v connector.Version) (connector.Version, *connector.Event, error) {
				e := want[i]
				e.Sequence = 0
				return v, &e, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	sameJSON := cmp.Comparer(func(a, b json.RawMessage) bool { return bytes.Equal(a, b) })
	if diff := cmp.Diff(want, mustHistory(t, store, Record(1, 1).PublicID, 1), sameJSON); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func (s *suite) historyAfter(t *testing.T) {
	store := s.store(t, Record(1, 1))
	svc, owner := service(t, store), request(t, 1, "1")
	const changes = 300 // more than a page, whatever a store takes for one
	for i := range changes {
		mustPut(t, svc, owner, i)
	}
	for _, after := range []int64{-1, 0, 1, 150, changes - 1, changes, changes + 1, 1 << 60} {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			want := max(after, 0)
			for e, err := range store.History(t.Context(), owner.PublicID, 1, after) {
				if want++; err != nil || e.Sequence != want {
					t.Fatalf("event %d, %v; want event %d", e.Sequence, err, want)
				}
			}
			if want != max(changes, after) {
				t.Errorf("it ends after event %d", want)
			}
		})
	}
}

func (s *suite) historyPerVersion(t *testing.T) {
	r := Record(1, 2)
	store := s.store(t, r, Record(2, 1))
	svc := service(t, store)
	for i := range 3 {
		mustPut(t, svc, request(t, 1, "1"), i)
		mustPut(t, svc, request(t, 1, "2"), i)
		mustPut(t, svc, request(t, 2, "1"), i)
	}
	for number := 1; number <= 2; number++ {
		events := mustHistory(t, store, r.PublicID, number)
		if len(events) != 3 {
			t.Errorf("version %d has %d events", number, len(events))
		}
		replay(t, r.Versions[number-1], mustVersion(t, store, r.PublicID, number), events)
	}
}

func (s *suite) historyEmpty(t *testing.T) {
	r := Deleted(Record(1, 2), 2)
	store := s.store(t, r)
	untouched(t, store, r, 1)
	untouched(t, store, r, 2)
}
