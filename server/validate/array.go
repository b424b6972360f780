package validate

// arrayRule is what a schema asks of an array.
type arrayRule struct {
	items    *node
	min, max int // max < 0: no limit
	unique   bool
}

// array reads the array whose bracket is at i against r, which may be nil.
func (s *scanner) array(r *arrayRule, i int) int {
	if s.depth++; s.depth > s.maxDepth {
		return s.stop(faultDepth, i)
	}
	items, unique, owner := anything, false, 0
	if r != nil {
		items, unique = r.items, r.unique
	}
	if unique {
		s.objects++
		owner = s.objects
	}
	count := 0
	i = s.space(i + 1)
	if i < len(s.data) && s.data[i] == ']' {
		i++
	} else {
		for done := false; !done; {
			start := i
			if i = s.value(items, i); i < 0 {
				return -1
			}
			if count++; unique && !s.firstItem(owner, start, i) {
				return -1
			}
			if i, done = s.next(i, ']'); i < 0 {
				return -1
			}
		}
	}
	s.depth--
	if r != nil && (count < r.min || r.max >= 0 && count > r.max) {
		return -1
	}
	return i
}

// next reads the comma or the closing bracket after an element.
func (s *scanner) next(i int, closing byte) (after int, done bool) {
	if i = s.space(i); i >= len(s.data) {
		return s.stop(faultSyntax, i), true
	}
	switch s.data[i] {
	case ',':
		return s.space(i + 1), false
	case closing:
		return i + 1, true
	}
	return s.stop(faultSyntax, i), true
}

// firstItem reports whether the item between start and end is the first of its
// value. It decides for strings, short integers, booleans and null; anything else
// is left open.
func (s *scanner) firstItem(owner, start, end int) bool {
	item := s.data[start:end]
	switch kindAt(item[0]) {
	case kindString:
		_, t := s.scanString(start)
		if t.escaped {
			s.stop(faultUndecided, start)
			return false
		}
	case kindNumber:
		if !canonical(item) {
			s.stop(faultUndecided, start)
			return false
		}
	case kindArray, kindObject:
		s.stop(faultUndecided, start)
		return false
	}
	return s.keys.add(owner, item)
}

// canonical reports whether an integer literal is the only way to write its value.
func canonical(b []byte) bool {
	for i, c := range b {
		if (c < '0' || c > '9') && (i > 0 || c != '-') {
			return false
		}
	}
	return len(b) <= exactDigits && string(b) != "-0"
}
