package connector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// draft collects what one change writes into a version, so that it costs one copy of the document.
type draft struct {
	from       *Version
	values     [fields][]byte // new JSON values; nil keeps the old one
	state      State          // the new state; empty keeps the old one
	members    []Change       // of members that no field names
	executable *int           // the executable to put in use; nil keeps it
	buf        []byte         // what values are cut from
}

// setText sets a field to a string, unless it means that already.
func (d *draft) setText(field int, s string) {
	if means(d.from.fields[field].of(d.from.data), s) {
		return
	}
	start := len(d.buf)
	d.buf = quote(d.buf, s)
	d.values[field] = d.buf[start:]
}

// setNull sets a field to null, unless it is.
func (d *draft) setNull(field int) {
	if !isNull(d.from.fields[field].of(d.from.data)) {
		d.values[field] = null
	}
}

// set sets the member at a dotted path to the JSON of a value, unless it is that already. It is for members that no
// field names, and reads the document anew for each. A version without the member is an error.
func (d *draft) set(path string, value any) error {
	after, err := json.Marshal(value)
	if err != nil {
		return err
	}
	at, ok := locate(d.from.data, path)
	if !ok {
		return fmt.Errorf("connector: the version has no %s", path)
	}
	if before := at.of(d.from.data); !bytes.Equal(before, after) {
		d.members = append(d.members, Change{path, before, after})
	}
	return nil
}

// setState moves the version to a state.
func (d *draft) setState(s State) {
	d.setText(fieldState, string(s))
	d.state = s
}

// touch moves updated-at to now: whole seconds, in the zone of the value it replaces, and never back.
func (d *draft) touch(now time.Time) {
	const local, utc = `"2006-01-02T15:04:05`, `+00:00"`
	before := d.from.fields[fieldUpdatedAt].of(d.from.data)
	zone, offset := []byte(utc), 0
	if n := len(before) - len(utc); n >= len(local) && (before[n] == '+' || before[n] == '-') {
		zone = before[n:]
		offset = (digits(zone[1:])*60 + digits(zone[4:])) * 60
		if zone[0] == '-' {
			offset = -offset
		}
	}
	start := len(d.buf)
	d.buf = now.UTC().Add(time.Duration(offset)*time.Second).AppendFormat(d.buf, local)
	if len(before) > len(local) && string(before[:len(local)]) >= string(d.buf[start:]) {
		return
	}
	d.buf = append(d.buf, zone...)
	d.values[fieldUpdatedAt] = d.buf[start:]
}

// empty tells whether the draft changes nothing.
func (d *draft) empty() bool {
	for _, value := range d.values {
		if value != nil {
			return false
		}
	}
	return d.executable == nil && len(d.members) == 0
}

// finish returns the version as the draft leaves it, and what changed: fields in document order, then members.
func (d *draft) finish() (Version, []Change, error) {
	v, next := d.from, *d.from
	size, changed := len(v.data), 0
	for f, value := range d.values {
		if value != nil {
			size += len(value) - (v.fields[f].end - v.fields[f].start)
			changed++
		}
	}
	next.data = make([]byte, 0, size)
	changes := make([]Change, 0, changed+1)
	copied := 0
	for f, value := range d.values {
		at := v.fields[f]
		next.data = append(next.data, v.data[copied:at.start]...)
		copied = at.end
		start := len(next.data)
		if value == nil {
			value = at.of(v.data)
		}
		next.data = append(next.data, value...)
		next.fields[f] = span{start, len(next.data)}
		if d.values[f] != nil {
			changes = append(changes, Change{paths[f], at.of(v.data), next.data[start:]})
		}
	}
	next.data = append(next.data, v.data[copied:]...)
	if d.state != "" {
		next.state = d.state
	}
	if d.executable != nil {
		changes = append(changes, Change{executableInUse, number(v.executable), number(d.executable)})
		next.executable = d.executable
	}
	return d.finishMembers(next, changes)
}

// finishMembers puts the members in. The facts that rules read may be among them, so the version is loaded anew.
func (d *draft) finishMembers(next Version, changes []Change) (Version, []Change, error) {
	for _, change := range d.members {
		at, _ := locate(next.data, change.Path)
		loaded, err := LoadVersion(slices.Concat(next.data[:at.start], change.After, next.data[at.end:]))
		if err != nil {
			return Version{}, nil, fmt.Errorf("set %s: %w", change.Path, err)
		}
		loaded.executable = next.executable
		next = loaded
	}
	return next, append(changes, d.members...), nil
}

var null = json.RawMessage("null")

func number(n *int) json.RawMessage {
	if n == nil {
		return null
	}
	return strconv.AppendInt(nil, int64(*n), 10)
}

// digits reads two decimal digits.
func digits(b []byte) int { return int(b[0]-'0')*10 + int(b[1]-'0') }

// quote appends s as a JSON string to b. s must be valid UTF-8.
func quote(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// means tells whether the JSON value raw is the string s.
func means(raw []byte, s string) bool {
	if len(raw) == len(s)+2 && string(raw[1:len(raw)-1]) == s {
		return raw[0] == '"'
	}
	t, ok := text(raw)
	return ok && t == s
}
