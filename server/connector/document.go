package connector

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxDepth is how deeply the values of a record may be nested.
const maxDepth = 32

// document copies JSON values that are known to be valid to out: compact, members in the documented
// order, unknown ones behind them as they came, values as they were written. It stops at the first thing
// that is not as its shape says, that occurs twice, or that a store cannot keep.
type document struct {
	scanner
	out  []byte
	path []step        // to the value at hand
	warn func(problem) // of a secret that was dropped
}

// step is a member's name or, without one, the index of an element.
type step struct {
	name  []byte
	index int
}

// problem is what stopped a document, and where.
type problem struct {
	path, text string
	offset     int
}

func (p *problem) Error() string {
	if p.path == "" {
		return p.text
	}
	return p.path + ": " + p.text
}

func (d *document) fail(text string) error { return &problem{d.where(), text, d.i} }

// failAt reports a problem of one member of the object at hand.
func (d *document) failAt(name, text string) error {
	d.path = append(d.path, step{name: []byte(name)})
	return d.fail(text)
}

// where returns the path in the manner of versions[0].config.docker.
func (d *document) where() string {
	var b strings.Builder
	for i, s := range d.path {
		switch {
		case s.name == nil:
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case i > 0:
			b.WriteString("." + short(s.name))
		default:
			b.WriteString(short(s.name))
		}
	}
	return b.String()
}

// short returns the name, cut at 100 characters.
func short(name []byte) string {
	const limit = 100
	if utf8.RuneCount(name) <= limit {
		return string(name)
	}
	return string([]rune(string(name))[:limit]) + "…"
}

// value copies the next value, which must have the shape; a nil shape is anything.
func (d *document) value(s *shape) error {
	c := d.peek()
	if s != nil && !s.kind.allows(c) {
		return d.fail(s.kind.expectation())
	}
	if len(d.path) > maxDepth {
		return d.fail("This value is nested too deeply.")
	}
	switch c {
	case '{':
		return d.object(s)
	case '[':
		return d.array(s)
	}
	raw := d.skip().of(d.b)
	d.out = append(d.out, raw...)
	switch {
	case c == '"' && !storable(raw):
		return d.fail(unstorable)
	case c == '"' && s != nil && s.kind&timestamp != 0:
		if _, err := time.Parse(time.RFC3339, string(raw[1:len(raw)-1])); err != nil {
			return d.fail("This value is not a valid datetime.")
		}
	case s != nil && s.kind&(anInt|aNumber) == anInt && kindOf(c) == aNumber && integer(raw) == nil:
		return d.fail(s.kind.expectation())
	}
	return nil
}

func (d *document) array(s *shape) error {
	var items *shape
	if s != nil {
		items = s.items
	}
	d.enter('[')
	d.out = append(d.out, '[')
	d.path = append(d.path, step{})
	for i := 0; d.more(']'); i++ {
		if i > 0 {
			d.out = append(d.out, ',')
		}
		d.path[len(d.path)-1].index = i
		if err := d.value(items); err != nil {
			return err
		}
	}
	d.path = d.path[:len(d.path)-1]
	d.out = append(d.out, ']')
	return nil
}

func (d *document) object(s *shape) error {
	o := members{start: len(d.out) + 1, sorted: true}
	var values *shape
	if s != nil {
		o.known, values = s.members, s.items
	}
	d.enter('{')
	d.out = append(d.out, '{')
	d.path = append(d.path, step{})
	for name, more := d.member(); more; name, more = d.member() {
		name, err := d.name(name)
		if err != nil {
			return err
		}
		known := o.find(name)
		if known >= 0 && o.known[known].secret {
			d.skip()
			d.warn(problem{d.where(), "This value is secret and was dropped.", d.i})
			continue
		}
		of := values
		if known >= 0 {
			of = &o.known[known].shape
		}
		if !o.add(d, known, name) {
			return d.fail("This field was given twice.")
		}
		if err := d.value(of); err != nil {
			return err
		}
		o.added(d)
	}
	d.path = d.path[:len(d.path)-1]
	if missing := o.missing(); missing != "" {
		return d.failAt(missing, "This field is missing.")
	}
	o.sort(d)
	d.out = append(d.out, '}')
	return nil
}

// name makes the raw name of the next member the end of the path, and returns it as it is written in out.
func (d *document) name(raw []byte) ([]byte, error) {
	if bytes.IndexByte(raw, '\\') >= 0 {
		if !storable(raw) {
			d.path = d.path[:len(d.path)-1]
			return nil, d.fail(unstorable)
		}
		s, _ := text(slices.Concat([]byte{'"'}, raw, []byte{'"'}))
		canonical := quote(nil, s)
		raw = canonical[1 : len(canonical)-1]
	}
	d.path[len(d.path)-1].name = raw
	return raw, nil
}

const unstorable = "This value has a NUL character or half a surrogate pair."

// storable tells whether the raw JSON string is free of \u0000, which PostgreSQL cannot keep, and of half
// surrogate pairs, which are no characters.
func storable(raw []byte) bool {
	if bytes.IndexByte(raw, '\\') < 0 {
		return true
	}
	half := false // the unit before opened a pair
	for i := 0; i < len(raw); {
		unit, size := uint64(1), 1
		if raw[i] == '\\' {
			size = 2
			if raw[i+1] == 'u' {
				unit, _ = strconv.ParseUint(string(raw[i+2:i+6]), 16, 16)
				size = 6
			}
		}
		if closes := unit&^0x3FF == 0xDC00; unit == 0 || closes != half {
			return false
		}
		half = unit&^0x3FF == 0xD800
		i += size
	}
	return !half
}
