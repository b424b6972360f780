package connector_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/productsupcom/cde/server/connector"
)

func event() connector.Event {
	return connector.Event{
		Time: now.Truncate(time.Microsecond), Subject: owner, Operation: "rollbackMigration", RequestID: "r\"\\\n<é>",
		Changes: []connector.Change{
			{Path: "updated-at", Before: []byte(`"a"`), After: []byte(`"b"`)},
			{Path: "executable-in-use", Before: []byte(`null`), After: []byte(`24`)},
			{Path: "x", Before: []byte(`{"before":[1,{}]}`), After: []byte(`"{"`)},
		},
	}
}

func TestEventJSON(t *testing.T) {
	b := event().AppendJSON(nil)
	const want = `{"time":"2026-11-23T05:06:07.891234Z","subject":"` + owner + `","operation":"rollbackMigration",` +
		`"request-id":"r\"\\\u000a<é>","changes":{"updated-at":{"before":"a","after":"b"},` +
		`"executable-in-use":{"before":null,"after":24},"x":{"before":{"before":[1,{}]},"after":"{"}}}`
	if diff := cmp.Diff(want, string(b)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got, err := connector.ParseEvent(b)
	if diff := cmp.Diff(event(), got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	var viaJSON struct {
		RequestID string `json:"request-id"`
	}
	marshalled, err := json.Marshal(event())
	if err == nil {
		err = json.Unmarshal(marshalled, &viaJSON)
	}
	if err != nil || viaJSON.RequestID != event().RequestID {
		t.Errorf("encoding/json reads %q, %v", viaJSON.RequestID, err)
	}
}

func TestEventJSONIsAlwaysValid(t *testing.T) {
	e := event()
	e.Subject, e.RequestID = "\xff\x00\u2028", "\x1f\x7f"
	b := e.AppendJSON(nil)
	if !json.Valid(b) {
		t.Errorf("not JSON: %s", b)
	}
	if got, err := connector.ParseEvent(b); err != nil || got.Subject != "\ufffd\ufffd\u2028" {
		t.Errorf("%q, %v", got.Subject, err)
	}
}

func TestParseEventRefuses(t *testing.T) {
	whole := string(event().AppendJSON(nil))
	for n := range len(whole) {
		if _, err := connector.ParseEvent([]byte(whole[:n])); !errors.Is(err, connector.ErrNotAnEvent) {
			t.Fatalf("the first %d bytes are taken for an event: %v", n, err)
		}
	}
	for _, b := range []string{"", "null", "{}", whole + "x", `{"time":"yesterday","changes":{"a":{"before":1,"after":2}}}`,
		`{"time":"2026-11-23T05:06:07Z","subject":7,"changes":{"a":{"before":1,"after":2}}}`,
		`{"time":"2026-11-23T05:06:07Z","changes":{}}`} {
		if got, err := connector.ParseEvent([]byte(b)); !errors.Is(err, connector.ErrNotAnEvent) {
			t.Errorf("%s: got %v, %v", b, got, err)
		}
	}
}

func FuzzParseEvent(f *testing.F) {
	f.Add(event().AppendJSON(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := connector.ParseEvent(b)
		if err == nil && json.Valid(b) {
			if out := e.AppendJSON(nil); !json.Valid(out) {
				t.Errorf("%s became %s", b, out)
			}
		}
	})
}
