package validate

import "unicode/utf8"

// stringRule is what a schema asks of a string. Lengths are in characters.
type stringRule struct {
	min, max int // max < 0: no limit
	pattern  *pattern
	format   format   // nil: none
	enum     []string // nil: no enum
}

// accepts reports whether the rule accepts the string.
func (r *stringRule) accepts(t text) bool { return r.acceptsBytes(t.decoded(), t.ascii && !t.escaped) }

// acceptsBytes is accepts for a decoded string; ascii is only a hint for speed.
func (r *stringRule) acceptsBytes(v []byte, ascii bool) bool {
	if r.min > 0 || r.max >= 0 {
		n := len(v)
		if !ascii {
			n = utf8.RuneCount(v)
		}
		if n < r.min || r.max >= 0 && n > r.max {
			return false
		}
	}
	if r.pattern != nil && !r.pattern.match(v) {
		return false
	}
	if r.enum != nil && !contains(r.enum, v) {
		return false
	}
	return r.format == nil || r.format(v)
}

func contains(enum []string, v []byte) bool {
	for _, e := range enum {
		if string(v) == e {
			return true
		}
	}
	return false
}
