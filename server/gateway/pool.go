package gateway

import (
	"sync"
	"time"
)

const (
	maxIdle     = 256
	idleTimeout = 60 * time.Second
)

// pool keeps idle connections, the latest used first out. The oldest go after a minute.
type pool struct {
	mu      sync.Mutex
	idle    []*conn // oldest first
	pruning bool    // a timer is set
}

// get returns the connection that was used last, or nil.
func (p *pool) get() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.idle) - 1
	if last < 0 {
		return nil
	}
	c := p.idle[last]
	p.idle[last], p.idle = nil, p.idle[:last]
	return c
}

// put takes a connection back after an exchange.
func (p *pool) put(c *conn) {
	c.used, c.idle = true, time.Now()
	if cap(c.out) > keptBuffer {
		c.out = nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) >= maxIdle {
		c.close()
		return
	}
	p.idle = append(p.idle, c)
	if !p.pruning {
		p.pruning = true
		time.AfterFunc(idleTimeout, p.prune)
	}
}

// prune closes what has been idle for too long.
func (p *pool) prune() {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := 0
	for old < len(p.idle) && time.Since(p.idle[old].idle) >= idleTimeout {
		p.idle[old].close()
		old++
	}
	p.idle = append(p.idle[:0], p.idle[old:]...)
	p.pruning = len(p.idle) > 0
	if p.pruning {
		time.AfterFunc(idleTimeout-time.Since(p.idle[0].idle), p.prune)
	}
}

// closeIdle closes all idle connections.
func (p *pool) closeIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		c.close()
	}
	p.idle = nil
}
