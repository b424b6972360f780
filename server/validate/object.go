package validate

import (
	"encoding/binary"
	"math/bits"
	"strings"
)

// maxMembers is how many declared members an object may have to be compiled.
const maxMembers = 256

// memberSet is a set of declared members, by their index.
type memberSet [maxMembers / 64]uint64

func (m *memberSet) add(i int) (first bool) {
	bit := uint64(1) << (i & 63)
	first = m[i>>6]&bit == 0
	m[i>>6] |= bit
	return first
}

// objectRule is what a schema asks of an object.
type objectRule struct {
	names    []string // declared members
	members  []*node  // their schemas
	slots    []int16  // hash table over names, 1 + index; 0: free
	words    int      // words of a memberSet that are in use
	required memberSet
	closed   bool     // other members are refused
	others   *node    // schema of other members
	folded   []string // names whose case variants are refused: own and of the schemas combined with this one
	min, max int      // members; max < 0: no limit
}

// anyObject reads objects that no schema describes.
var anyObject = &objectRule{others: anything, max: -1, slots: make([]int16, 1)}

// object reads the object whose brace is at i against r, which may be nil.
func (s *scanner) object(r *objectRule, i int) int {
	if r == nil {
		r = anyObject
	}
	if s.depth++; s.depth > s.maxDepth {
		return s.stop(faultDepth, i)
	}
	s.objects++
	var seen memberSet
	owner, count := s.objects, 0
	i = s.space(i + 1)
	if i < len(s.data) && s.data[i] == '}' {
		i++
	} else {
		for done := false; !done; {
			if i = s.member(r, &seen, owner, i); i < 0 {
				return -1
			}
			count++
			if i, done = s.next(i, '}'); i < 0 {
				return -1
			}
		}
	}
	s.depth--
	for w := range r.words {
		if seen[w]&r.required[w] != r.required[w] {
			return -1
		}
	}
	if count < r.min || r.max >= 0 && count > r.max {
		return -1
	}
	return i
}

// member reads one member, from its name to the end of its value.
func (s *scanner) member(r *objectRule, seen *memberSet, owner, i int) int {
	if i >= len(s.data) || s.data[i] != '"' {
		return s.stop(faultSyntax, i)
	}
	at := i
	i, t := s.scanString(i)
	if i < 0 {
		return -1
	}
	if i = s.space(i); i >= len(s.data) || s.data[i] != ':' {
		return s.stop(faultSyntax, i)
	}
	i = s.space(i + 1)
	name := t.decoded()
	if m := r.lookup(name); m >= 0 {
		if !seen.add(m) {
			return s.stop(faultDuplicate, at)
		}
		return s.value(r.members[m], i)
	}
	if caseVariant(r.folded, name) {
		return s.stop(faultCase, at)
	}
	if r.closed {
		return -1
	}
	if !s.keys.add(owner, name) {
		return s.stop(faultDuplicate, at)
	}
	return s.value(r.others, i)
}

// lookup returns the index of the declared member name, or -1.
func (r *objectRule) lookup(name []byte) int {
	mask := len(r.slots) - 1
	for h := int(nameHash(name)) & mask; ; h = (h + 1) & mask {
		m := int(r.slots[h]) - 1
		if m < 0 || r.names[m] == string(name) {
			return m
		}
	}
}

// index builds the hash table over names.
func (r *objectRule) index() {
	size := 1 << bits.Len(uint(2*len(r.names)))
	r.slots = make([]int16, size)
	for i, name := range r.names {
		h := int(nameHash([]byte(name))) & (size - 1)
		for r.slots[h] != 0 {
			h = (h + 1) & (size - 1)
		}
		r.slots[h] = int16(i + 1)
	}
	r.words = (len(r.names) + 63) / 64
}

// nameHash mixes the length and both ends of a name.
func nameHash(b []byte) uint32 {
	n := len(b)
	var head, tail uint64
	switch {
	case n >= 8:
		head, tail = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	case n >= 4:
		head, tail = uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:]))
	case n > 0:
		head = uint64(b[0]) | uint64(b[n/2])<<8 | uint64(b[n-1])<<16
	}
	h := (head ^ bits.RotateLeft64(tail, 29) ^ uint64(n)<<56) * 0x9e3779b97f4a7c15
	return uint32(h >> 32)
}

// caseVariant reports whether name is none of names but equals one in all but case, as
// a decoder that ignores case would see it.
func caseVariant(names []string, name []byte) bool {
	variant := false
	for _, n := range names {
		if n == string(name) {
			return false
		}
		variant = variant || strings.EqualFold(n, view(name))
	}
	return variant
}
