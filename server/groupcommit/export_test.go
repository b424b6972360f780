package groupcommit

import "runtime"

// Await returns when n edits wait for the next batch.
func (q *Queue) Await(n int) {
	for {
		q.mu.Lock()
		waiting := len(q.waiting)
		q.mu.Unlock()
		if waiting >= n {
			return
		}
		runtime.Gosched()
	}
}
