package devidp

import (
	"sync"
	"time"
)

// shelf keeps things under names that nobody guesses until they end: codes, requests, sessions. It holds a bounded number;
// when it is full and nothing on it has ended, the one that ends first makes room.
type shelf[V any] struct {
	clock func() time.Time
	mu    sync.Mutex
	items map[string]*kept[V]
}

type kept[V any] struct {
	value V
	ends  time.Time
}

const shelfSize = 10_000

func newShelf[V any](clock func() time.Time) *shelf[V] {
	return &shelf[V]{clock: clock, items: map[string]*kept[V]{}}
}

// put keeps value under name for a time.
func (s *shelf[V]) put(name string, value V, lifetime time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.items) >= shelfSize {
		s.makeRoom()
	}
	s.items[name] = &kept[V]{value, s.clock().Add(lifetime)}
}

func (s *shelf[V]) makeRoom() {
	now, first := s.clock(), ""
	for name, item := range s.items {
		if !now.Before(item.ends) {
			delete(s.items, name)
		} else if first == "" || item.ends.Before(s.items[first].ends) {
			first = name
		}
	}
	if len(s.items) >= shelfSize {
		delete(s.items, first)
	}
}

// change lets f look at the value called name, change it, and say whether it stays. It is false if there is none.
func (s *shelf[V]) change(name string, f func(*V) (stays bool)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	item, ok := s.items[name]
	if ok && !s.clock().Before(item.ends) {
		delete(s.items, name)
		ok = false
	}
	if ok && !f(&item.value) {
		delete(s.items, name)
	}
	return ok
}

// get gives a copy; take gives it and removes it, so that it can be had once.
func (s *shelf[V]) get(name string) (value V, ok bool) {
	ok = s.change(name, func(v *V) bool { value = *v; return true })
	return value, ok
}

func (s *shelf[V]) take(name string) (value V, ok bool) {
	ok = s.change(name, func(v *V) bool { value = *v; return false })
	return value, ok
}
