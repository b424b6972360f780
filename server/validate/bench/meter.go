package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// meter measures work by the CPU time that the process spends on it: on shared cores that
// repeats, the clock does not.
type meter struct {
	rounds int
	slice  time.Duration
}

// work is something to be done n times.
type work struct {
	name string
	do   func(n int)
}

// cost is what one piece of work took.
type cost struct {
	ns     float64
	allocs float64
}

// compare measures all works in turn, round by round, and returns the lowest cost of each.
func (m meter) compare(works ...work) map[string]cost {
	costs, counts := map[string]cost{}, map[string]int{}
	for _, w := range works {
		counts[w.name] = m.calibrate(w)
		costs[w.name] = cost{ns: 1e18, allocs: testing.AllocsPerRun(100, func() { w.do(1) })}
	}
	for range m.rounds {
		for _, w := range works {
			runtime.GC()
			c := costs[w.name]
			c.ns = min(c.ns, m.once(w, counts[w.name]))
			costs[w.name] = c
		}
	}
	return costs
}

// calibrate returns how often w fits into a slice.
func (m meter) calibrate(w work) int {
	for n := 1; ; n *= 2 {
		if ns := m.once(w, n) * float64(n); ns > float64(m.slice)/4 {
			return max(1, int(float64(n)*float64(m.slice)/ns))
		}
	}
}

// once returns the CPU nanoseconds of one of n pieces of work.
func (m meter) once(w work, n int) float64 {
	before := cpuTime()
	w.do(n)
	return float64(cpuTime()-before) / float64(n)
}

// cpuTime is the user and system time of this process.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// machine names the processor and Go's version.
func machine() string {
	name := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, rest, found := strings.Cut(string(info), "model name\t: "); found {
			name, _, _ = strings.Cut(rest, "\n")
		}
	}
	return fmt.Sprintf("%s, %d cores, %s", name, runtime.NumCPU(), runtime.Version())
}
