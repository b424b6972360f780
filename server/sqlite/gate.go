package sqlite

import (
	"sync"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/groupcommit"
)

// gate lets calls in until it is shut, and knows when the last one has left.
type gate struct {
	mu     sync.Mutex
	closed bool
	inside sync.WaitGroup
}

// enter lets one call in, which must leave. Behind a shut gate it fails.
func (g *gate) enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return &connector.UnavailableError{Cause: groupcommit.ErrClosed}
	}
	g.inside.Add(1)
	return nil
}

func (g *gate) leave() { g.inside.Done() }

// shut waits for the calls inside, and returns false if somebody else shut the gate.
func (g *gate) shut() bool {
	g.mu.Lock()
	first := !g.closed
	g.closed = true
	g.mu.Unlock()
	g.inside.Wait()
	return first
}
