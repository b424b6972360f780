package auth

import (
	"crypto/sha256"
	"sync"
	"time"
)

// cache remembers verified tokens by the SHA-256 of their whole text, never the text: another text of the same token (a non-canonical
// tail, a mirrored ECDSA signature) is verified on its own. An entry counts as long as the keys are the ones it was verified with.
//
// It holds at most two halves of its size: when the young half is full it becomes the old one, and what was old and not asked
// for since is gone.
type cache struct {
	half       int
	mu         sync.RWMutex
	young, old map[[sha256.Size]byte]cached
}

type cached struct {
	caller     Caller
	generation uint64
	until      time.Time
}

func newCache(size int) *cache {
	return &cache{half: max(size, 0) / 2, young: map[[sha256.Size]byte]cached{}}
}

func (c *cache) get(token string, generation uint64, now time.Time) (Caller, bool) {
	if c.half == 0 {
		return Caller{}, false
	}
	hash := hashOf(token)
	c.mu.RLock()
	entry, young := c.young[hash]
	found := young
	if !young {
		entry, found = c.old[hash]
	}
	c.mu.RUnlock()
	if !found || entry.generation != generation || !now.Before(entry.until) {
		return Caller{}, false
	}
	if !young {
		c.store(hash, entry)
	}
	return entry.caller, true
}

func (c *cache) put(token string, generation uint64, until time.Time, caller Caller) {
	if c.half > 0 {
		c.store(hashOf(token), cached{caller, generation, until})
	}
}

func (c *cache) store(hash [sha256.Size]byte, entry cached) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := c.young[hash]; !there && len(c.young) >= c.half {
		c.young, c.old = make(map[[sha256.Size]byte]cached, c.half), c.young
	}
	c.young[hash] = entry
}

func hashOf(token string) [sha256.Size]byte {
	var usual [2048]byte // no allocation for tokens of the usual length
	return sha256.Sum256(append(usual[:0], token...))
}
