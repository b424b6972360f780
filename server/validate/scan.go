package validate

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
	"unsafe"
)

// A scanner reads one JSON document (RFC 8259) from left to right, checks it
// against a compiled schema on the way, and builds no values. Every method that
// reads takes the index to read at and returns the index after what it read, or
// -1 when it does not accept.
//
// There are two ways not to accept. A mismatch says that this schema does not
// accept this value: another branch of a oneOf may. A fault says that the
// document is not strict JSON, or that the compiled schema cannot decide: it
// ends the whole scan.
type scanner struct {
	data     []byte
	maxDepth int
	depth    int
	fault    fault
	at       int    // where the fault was found
	objects  int    // objects entered, to tell their keys apart
	keys     keySet // members outside the schema and items that must be unique
}

// fault says why a scan ended early.
type fault uint8

const (
	faultNone      fault = iota
	faultSyntax          // not the JSON grammar, or more than one document
	faultUTF8            // invalid UTF-8, a lone surrogate or U+0000
	faultDuplicate       // a member's name twice in one object
	faultDepth           // nested too deep
	faultCase            // a member's name that differs from a declared one by case only
	faultNumber          // a number that no float64 holds
	faultUndecided       // the compiled schema cannot tell; kin-openapi decides
)

var faultTexts = [...]string{"", "syntax", "encoding of a string", "duplicate member", "nesting", "case of a member's name", "number out of range", "undecided"}

func (f fault) String() string { return faultTexts[f] }

// document checks that data is exactly one document that n accepts.
func (s *scanner) document(n *node) bool {
	i := s.value(n, s.space(0))
	if i < 0 {
		return false
	}
	if i = s.space(i); i != len(s.data) {
		s.stop(faultSyntax, i)
		return false
	}
	return true
}

// stop notes a fault, the first one only, and returns -1.
func (s *scanner) stop(f fault, at int) int {
	if s.fault == faultNone {
		s.fault, s.at = f, at
	}
	return -1
}

// space skips white space.
func (s *scanner) space(i int) int {
	for i < len(s.data) {
		if c := s.data[i]; c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			break
		}
		i++
	}
	return i
}

// literal reads true, false or null.
func (s *scanner) literal(i int, word string) int {
	end := i + len(word)
	if end > len(s.data) || string(s.data[i:end]) != word {
		return s.stop(faultSyntax, i)
	}
	return end
}

// text is a string as it stands in the document, without its quotes.
type text struct {
	raw     []byte
	escaped bool // has escapes
	ascii   bool // all raw bytes are ASCII
}

const (
	low7  = 0x7f7f7f7f7f7f7f7f
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special marks the bytes of w that are a quote, a backslash, a control
// character or not ASCII. Only the lowest mark is exact.
func special(w uint64) uint64 {
	return (w | (w - ones*' ') | ((w ^ ones*'"') - ones) | ((w ^ ones*'\\') - ones)) & highs
}

// scanString reads the string whose opening quote is at i.
func (s *scanner) scanString(i int) (int, text) {
	data, start := s.data, i+1
	t := text{ascii: true}
	for i = start; ; {
		for i+8 <= len(data) {
			if m := special(binary.LittleEndian.Uint64(data[i:])); m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(data) {
			return s.stop(faultSyntax, i), t
		}
		switch c := data[i]; {
		case c == '"':
			t.raw = data[start:i]
			return i + 1, t
		case c == '\\':
			t.escaped = true
			if i = s.escape(i); i < 0 {
				return -1, t
			}
		case c < ' ':
			return s.stop(faultSyntax, i), t
		case c < utf8.RuneSelf:
			i++
		default:
			t.ascii = false
			r, size := utf8.DecodeRune(data[i:])
			if r == utf8.RuneError && size == 1 {
				return s.stop(faultUTF8, i), t
			}
			i += size
		}
	}
}

// escape reads the escape sequence at i, a surrogate pair as one.
func (s *scanner) escape(i int) int {
	if i+1 >= len(s.data) {
		return s.stop(faultSyntax, i)
	}
	switch s.data[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		r := hex4(s.data[i+2:])
		switch {
		case r < 0:
			return s.stop(faultSyntax, i)
		case r == 0 || r >= 0xdc00 && r < 0xe000:
			return s.stop(faultUTF8, i)
		case r < 0xd800 || r >= 0xe000:
			return i + 6
		}
		if i+8 > len(s.data) || s.data[i+6] != '\\' || s.data[i+7] != 'u' {
			return s.stop(faultUTF8, i)
		}
		if low := hex4(s.data[i+8:]); low < 0xdc00 || low >= 0xe000 {
			return s.stop(faultUTF8, i)
		}
		return i + 12
	}
	return s.stop(faultSyntax, i)
}

// hex4 returns the value of the four hex digits that b begins with, or -1.
func hex4(b []byte) rune {
	if len(b) < 4 {
		return -1
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// decoded returns the string's bytes, without a copy when nothing is escaped.
func (t text) decoded() []byte {
	if !t.escaped {
		return t.raw
	}
	b := make([]byte, 0, len(t.raw))
	for i := 0; i < len(t.raw); {
		c := t.raw[i]
		if c != '\\' {
			b = append(b, c)
			i++
			continue
		}
		switch c = t.raw[i+1]; c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			r := hex4(t.raw[i+2:])
			i += 6
			if r >= 0xd800 && r < 0xdc00 {
				r = (r-0xd800)<<10 | (hex4(t.raw[i+2:]) - 0xdc00) + 0x10000
				i += 6
			}
			b = utf8.AppendRune(b, r)
			continue
		}
		b = append(b, c)
		i += 2
	}
	return b
}

// view reads b as a string without copying it. The string must not outlive the
// call that it is made for.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf reads s as bytes without copying it. The bytes must not be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
