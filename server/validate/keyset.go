package validate

import (
	"bytes"
	"hash/maphash"
)

// keySet remembers byte strings by owner, to find the second of its kind. The
// strings are kept by reference. It costs nothing until it is used, and a constant
// per string however many there are.
type keySet struct {
	few   [8]key
	n     int
	seed  maphash.Seed
	slots []key // hash table, once few is full; owner 0: free
}

type key struct {
	owner int
	text  []byte
}

func (k key) is(owner int, text []byte) bool { return k.owner == owner && bytes.Equal(k.text, text) }

// add puts text under owner, which is more than 0, and reports whether it is new there.
func (s *keySet) add(owner int, text []byte) bool {
	if s.slots == nil {
		for _, k := range s.few[:s.n] {
			if k.is(owner, text) {
				return false
			}
		}
		if s.n < len(s.few) {
			s.few[s.n] = key{owner, text}
			s.n++
			return true
		}
		s.seed = maphash.MakeSeed()
		s.grow(s.few[:])
	}
	if 2*s.n >= len(s.slots) {
		s.grow(s.slots)
	}
	return s.insert(key{owner, text})
}

// grow moves old into a table of four times its size.
func (s *keySet) grow(old []key) {
	s.slots, s.n = make([]key, 4*len(old)), 0
	for _, k := range old {
		if k.owner != 0 {
			s.insert(k)
		}
	}
}

func (s *keySet) insert(k key) bool {
	mask := len(s.slots) - 1
	h := (int(maphash.Bytes(s.seed, k.text)) ^ k.owner*0x9e3779b1) & mask
	for ; s.slots[h].owner != 0; h = (h + 1) & mask {
		if s.slots[h].is(k.owner, k.text) {
			return false
		}
	}
	s.slots[h] = k
	s.n++
	return true
}
