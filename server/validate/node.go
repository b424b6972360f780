package validate

// kinds is a set of JSON types.
type kinds uint8

const (
	kindNull kinds = 1 << iota
	kindBool
	kindNumber
	kindString
	kindArray
	kindObject

	kindAny = kindNull | kindBool | kindNumber | kindString | kindArray | kindObject
)

// node is a compiled schema. It is immutable once compiled.
type node struct {
	kinds kinds // accepted types
	bools uint8 // accepted booleans: 1 false, 2 true, 3 both

	str *stringRule // nil: any string; the same for the others
	num *numberRule
	arr *arrayRule
	obj *objectRule

	combined *combination // nil: no oneOf, anyOf, allOf or not
}

// anything accepts every strict JSON value.
var anything = &node{kinds: kindAny, bools: 3}

// value reads the value at i against n.
func (s *scanner) value(n *node, i int) int {
	if i >= len(s.data) {
		return s.stop(faultSyntax, i)
	}
	if n.combined != nil {
		return s.combine(n, i)
	}
	return s.own(n, i)
}

// own reads the value at i against n without its combination.
func (s *scanner) own(n *node, i int) int {
	switch c := s.data[i]; c {
	case '"':
		if n.kinds&kindString == 0 {
			return -1
		}
		end, t := s.scanString(i)
		if end < 0 || n.str != nil && !n.str.accepts(t) {
			return -1
		}
		return end
	case '{':
		if n.kinds&kindObject == 0 {
			return -1
		}
		return s.object(n.obj, i)
	case '[':
		if n.kinds&kindArray == 0 {
			return -1
		}
		return s.array(n.arr, i)
	case 'n':
		if n.kinds&kindNull == 0 {
			return -1
		}
		return s.literal(i, "null")
	case 't':
		if n.kinds&kindBool == 0 || n.bools&2 == 0 {
			return -1
		}
		return s.literal(i, "true")
	case 'f':
		if n.kinds&kindBool == 0 || n.bools&1 == 0 {
			return -1
		}
		return s.literal(i, "false")
	default:
		if c != '-' && (c < '0' || c > '9') {
			return s.stop(faultSyntax, i)
		}
		if n.kinds&kindNumber == 0 {
			return -1
		}
		return s.number(n.num, i)
	}
}

// kindAt returns the type of the value that begins with c.
func kindAt(c byte) kinds {
	switch c {
	case '"':
		return kindString
	case '{':
		return kindObject
	case '[':
		return kindArray
	case 'n':
		return kindNull
	case 't', 'f':
		return kindBool
	}
	return kindNumber
}
