package main

import (
	"fmt"
	"time"
)

// spin shows on a terminal that something is going on, from a moment after it has begun until the function that it
// returns is called. Elsewhere it shows nothing.
func (a *app) spin(what string) (stop func()) {
	if !a.terminal(a.stderr) || a.flags.verbose {
		return func() {}
	}
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		ticks := time.NewTicker(120 * time.Millisecond)
		defer ticks.Stop()
		for i := 0; ; i++ {
			select {
			case <-done:
				if i > 0 {
					fmt.Fprint(a.stderr, "\r\x1b[K")
				}
				return
			case <-ticks.C:
				fmt.Fprintf(a.stderr, "\r%c %s …", []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")[i%10], what)
			}
		}
	}()
	return func() {
		close(done)
		<-gone
	}
}
