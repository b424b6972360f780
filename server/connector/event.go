package connector

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Event is one change of one version as its history keeps it. Putting the Changes of all events, in order,
// into the version as it was imported gives the version as it is.
type Event struct {
	// Sequence counts the events of one version: 1, 2, 3, … in commit order without a gap. The store
	// gives it and keeps it beside the event's JSON; it is 0 before.
	Sequence  int64
	Time      time.Time // of the change by the service's clock, UTC, whole microseconds
	Subject   string    // who did it: the token's sub
	Operation string    // the operationId
	RequestID string    // of the request that did it, for the logs
	Changes   []Change  // at least one, in document order
}

// Change is one field before and after.
type Change struct {
	Path          string          // member names from the version's root, joined by dots: config.execution.container-api.image
	Before, After json.RawMessage // the field's JSON value; null if it was not there
}

// AppendJSON appends the event as stores keep it and the history shows it, on one line:
//
//	{"time":…,"subject":…,"operation":…,"request-id":…,"changes":{path:{"before":…,"after":…},…}}
//
// What is no UTF-8, and NUL, becomes U+FFFD.
func (e Event) AppendJSON(b []byte) []byte {
	b = append(b, `{"time":"`...)
	b = e.Time.UTC().AppendFormat(b, "2006-01-02T15:04:05.999999Z07:00")
	b = quote(append(b, `","subject":`...), printable(e.Subject))
	b = quote(append(b, `,"operation":`...), printable(e.Operation))
	b = quote(append(b, `,"request-id":`...), printable(e.RequestID))
	b = append(b, `,"changes":{`...)
	for i, c := range e.Changes {
		if i > 0 {
			b = append(b, ',')
		}
		b = quote(b, c.Path)
		b = append(append(b, `:{"before":`...), c.Before...)
		b = append(append(b, `,"after":`...), c.After...)
		b = append(b, '}')
	}
	return append(b, "}}"...)
}

func printable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// MarshalJSON returns what [Event.AppendJSON] appends.
func (e Event) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil), nil }

// ErrNotAnEvent is returned by [ParseEvent].
var ErrNotAnEvent = errors.New("connector: not a stored event")

// ParseEvent reads back what [Event.AppendJSON] wrote. Its Sequence is 0, and it keeps b. Other bytes are
// [ErrNotAnEvent].
func ParseEvent(b []byte) (Event, error) {
	var e Event
	s := scanner{b: b, ok: true}
	s.enter('{')
	for name, more := s.member(); more; name, more = s.member() {
		switch string(name) {
		case "time":
			e.Time, _ = time.Parse(time.RFC3339Nano, s.text())
		case "subject":
			e.Subject = s.text()
		case "operation":
			e.Operation = s.text()
		case "request-id":
			e.RequestID = s.text()
		case "changes":
			e.Changes = s.changes()
		default:
			s.skip()
		}
	}
	if !s.ok || s.i != len(b) || e.Time.IsZero() || len(e.Changes) == 0 {
		return Event{}, ErrNotAnEvent
	}
	return e, nil
}

func (s *scanner) changes() (all []Change) {
	s.enter('{')
	for path, more := s.member(); more; path, more = s.member() {
		c := Change{Path: string(path)}
		s.enter('{')
		for name, more := s.member(); more; name, more = s.member() {
			switch value := s.skip().of(s.b); string(name) {
			case "before":
				c.Before = value
			case "after":
				c.After = value
			}
		}
		s.ok = s.ok && c.Before != nil && c.After != nil
		all = append(all, c)
	}
	return all
}
