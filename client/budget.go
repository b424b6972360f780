package client

import "sync"

// budget is what is left of the retries of all calls, in tenths.
type budget struct {
	mu         sync.Mutex
	left, most int
}

func newBudget(retries int) *budget { return &budget{left: retries * 10, most: retries * 10} }

// take reports whether one more retry may be made, and counts it.
func (b *budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left < 10 {
		return false
	}
	b.left -= 10
	return true
}

// give credits a call that succeeded.
func (b *budget) give() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = min(b.left+1, b.most)
}
