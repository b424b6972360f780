// Package groupcommit lets concurrent edits of a store share durable transactions. While one transaction
// commits, the edits that arrive queue up; the next transaction takes them all, and each gets its own answer
// or refusal once that one is durable. A lone edit starts at once and waits for nobody.
// The package knows no database: a store hands in the function that runs a [Batch] as one transaction.
package groupcommit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/productsupcom/cde/server/connector"
)

// ErrClosed is the cause of the [connector.UnavailableError] that a closed queue answers with.
var ErrClosed = errors.New("groupcommit: closed")

// ErrFull is the cause of the [connector.UnavailableError] of a queue that is as long as it may get.
var ErrFull = errors.New("groupcommit: too many edits are waiting")

// Limits of a [Queue].
const (
	DefaultBatch = 512    // edits that may share a transaction
	MaxQueued    = 16_384 // edits that wait; one more is refused with [ErrFull]
)

// Queue collects edits and runs them in batches. It is safe for concurrent use.
type Queue struct {
	commit func(*Batch) error
	limit  int // edits in a batch

	mu      sync.Mutex
	arrived sync.Cond // there is something in waiting, or closed was set
	waiting []*call
	closed  bool
	workers sync.WaitGroup
}

// New returns a queue whose batches are run by commit, as many at a time as there are workers. A batch has
// at most limit edits, [DefaultBatch] if limit is 0; 1 gives every edit a transaction of its own.
//
// Commit runs one batch as one durable transaction and returns nil only when everything that the batch
// gives to write is durable. Its error, for which [connector.ErrUnavailable] and
// [connector.ErrOutcomeUnknown] are meant, is the answer to every edit of the batch.
func New(workers, limit int, commit func(*Batch) error) *Queue {
	if limit == 0 {
		limit = DefaultBatch
	}
	q := &Queue{commit: commit, limit: limit}
	q.arrived.L = &q.mu
	for range workers {
		q.workers.Go(q.work)
	}
	return q
}

// Change runs one edit as [connector.Store] says. If ctx ends before the edit's transaction has begun, the
// edit is dropped and the error is the context's; after that the error is [connector.ErrOutcomeUnknown].
func (q *Queue) Change(ctx context.Context, edit connector.Edit) (connector.Version, error) {
	c := &call{edit: edit, done: make(chan struct{})}
	if err := q.run(ctx, c); err != nil {
		return connector.Version{}, err
	}
	return c.answer, nil
}

// Probe takes part in a transaction as an edit that changes nothing, and returns nil once one has come
// through: see [Batch.Probed].
func (q *Queue) Probe(ctx context.Context) error {
	return q.run(ctx, &call{probe: true, done: make(chan struct{})})
}

// Close ends the queue when everything in it has been answered. Calls after it fail with [ErrClosed].
func (q *Queue) Close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.arrived.Broadcast()
	q.workers.Wait()
}

// call is one edit on its way. What a worker writes to answer and err is read after done is closed.
type call struct {
	edit   connector.Edit
	probe  bool
	claim  atomic.Bool // set once, by the worker that runs the call or by the caller who gives it up
	done   chan struct{}
	answer connector.Version
	err    error

	number int // of the version that the edit's selector means, set by Batch.Admit
}

func (q *Queue) run(ctx context.Context, c *call) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := q.add(c); err != nil {
		return err
	}
	select {
	case <-c.done:
		return c.err
	case <-ctx.Done():
	}
	if c.claim.CompareAndSwap(false, true) {
		return ctx.Err()
	}
	select {
	case <-c.done:
		return c.err
	default:
		return fmt.Errorf("%w: the caller left while it ran: %w", connector.ErrOutcomeUnknown, ctx.Err())
	}
}

func (q *Queue) add(c *call) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return &connector.UnavailableError{Cause: ErrClosed}
	case len(q.waiting) >= MaxQueued:
		return &connector.UnavailableError{Cause: ErrFull, RetryAfter: time.Second}
	}
	q.waiting = append(q.waiting, c)
	q.arrived.Signal()
	return nil
}

func (q *Queue) work() {
	for {
		calls, open := q.take()
		if !open {
			return
		}
		if len(calls) == 0 {
			continue
		}
		err := q.commit(&Batch{calls: calls})
		for _, c := range calls {
			if err != nil {
				c.err = err
			}
			close(c.done)
		}
	}
}

// take waits for edits and claims those whose callers are still there. It returns false when the queue
// is closed and empty.
func (q *Queue) take() (calls []*call, open bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) == 0 {
		if q.closed {
			return nil, false
		}
		q.arrived.Wait()
	}
	n := min(len(q.waiting), q.limit)
	calls = make([]*call, 0, n)
	for _, c := range q.waiting[:n] {
		if c.claim.CompareAndSwap(false, true) {
			calls = append(calls, c)
		}
	}
	rest := copy(q.waiting, q.waiting[n:])
	clear(q.waiting[rest:])
	q.waiting = q.waiting[:rest]
	return calls, true
}
