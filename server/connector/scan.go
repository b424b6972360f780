package connector

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// scanner walks JSON that is known to be valid; on anything else it stops and reports !ok, it never
// panics and never runs past the end. White space between tokens is fine.
type scanner struct {
	b  []byte
	i  int // the next byte
	ok bool
}

// span is where a value stands in a document: b[start:end].
type span struct{ start, end int }

func (s span) of(b []byte) []byte { return b[s.start:s.end] }

func (s *scanner) space() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\n' || s.b[s.i] == '\r' || s.b[s.i] == '\t') {
		s.i++
	}
}

// peek returns the first byte of the next token, 0 at the end.
func (s *scanner) peek() byte {
	s.space()
	if s.i >= len(s.b) {
		return 0
	}
	return s.b[s.i]
}

// enter steps into an object or array that opens with the given byte.
func (s *scanner) enter(open byte) {
	if s.peek() != open {
		s.ok = false
		return
	}
	s.i++
}

// more tells whether the object or array that ends with the given byte has another element, and stands
// before it, or else behind the end.
func (s *scanner) more(end byte) bool {
	c := s.peek()
	if c == ',' {
		s.i++
		return s.ok
	}
	if c == end {
		s.i++
		return false
	}
	if c == 0 {
		s.ok = false
	}
	return s.ok
}

// member steps over the name of the object's next member and returns it without its quotes, raw; false at
// the object's end.
func (s *scanner) member() ([]byte, bool) {
	if !s.more('}') {
		return nil, false
	}
	if s.peek() != '"' {
		s.ok = false
		return nil, false
	}
	name := s.skip()
	if s.peek() != ':' || name.end-name.start < 2 {
		s.ok = false
		return nil, false
	}
	s.i++
	return s.b[name.start+1 : name.end-1], true
}

// skip steps over one value and returns where it stood.
func (s *scanner) skip() span {
	c := s.peek()
	start := s.i
	switch c {
	case '"':
		s.skipString()
	case '{', '[':
		s.skipNested()
	default:
		for s.i < len(s.b) && !isDelimiter(s.b[s.i]) {
			s.i++
		}
		if s.i == start {
			s.ok = false
		}
	}
	return span{start, s.i}
}

func (s *scanner) skipNested() {
	for depth := 0; s.i < len(s.b); {
		c := s.b[s.i]
		if !structural[c] {
			s.i++
			continue
		}
		switch c {
		case '"':
			s.skipString()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.i++
		if depth == 0 {
			return
		}
	}
	s.ok = false
}

// structural are the bytes that skipNested must look at.
var structural = [256]bool{'"': true, '{': true, '}': true, '[': true, ']': true}

func (s *scanner) skipString() {
	for s.i++; ; s.i++ {
		n := bytes.IndexByte(s.b[min(s.i, len(s.b)):], '"')
		if n < 0 {
			s.i, s.ok = len(s.b), false
			return
		}
		escapes := 0
		for n-escapes > 0 && s.b[s.i+n-escapes-1] == '\\' {
			escapes++
		}
		if s.i += n; escapes%2 == 0 {
			s.i++
			return
		}
	}
}

// text steps over a string and returns what it means; any other value is an error.
func (s *scanner) text() string {
	value, ok := text(s.skip().of(s.b))
	s.ok = s.ok && ok
	return value
}

func isDelimiter(c byte) bool {
	switch c {
	case ',', ']', '}', ':', ' ', '\n', '\r', '\t':
		return true
	}
	return false
}

// text returns the string that a JSON string means; false for any other value.
func text(raw []byte) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	if inner := raw[1 : len(raw)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return string(inner), true
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}

// integer returns the int that a JSON number without fraction or exponent means, nil for anything else.
func integer(raw []byte) *int {
	n, err := strconv.Atoi(string(raw))
	if err != nil || raw[0] == '+' {
		return nil
	}
	return &n
}

func isNull(raw []byte) bool { return string(raw) == "null" }

// locate returns where the value of the member at a dotted path stands in an object, false where it has none.
func locate(object []byte, path string) (span, bool) {
	s := scanner{b: object, ok: true}
	name, rest, nested := strings.Cut(path, ".")
	for s.enter('{'); s.ok; {
		found, more := s.member()
		if !more {
			return span{}, false
		}
		if string(found) != name {
			s.skip()
			continue
		}
		if !nested {
			return s.skip(), s.ok
		}
		if s.peek() != '{' {
			return span{}, false
		}
		s.enter('{')
		name, rest, nested = strings.Cut(rest, ".")
	}
	return span{}, false
}
