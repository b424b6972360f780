package faults

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
)

// Layer meets requests with the faults of its script. It is safe for concurrent use; the zero Layer has no script and
// lets all requests pass, at the cost of one load.
type Layer struct {
	current atomic.Pointer[state]
}

// state is a script with what came of it.
type state struct {
	mu     sync.Mutex
	script Script
	rules  []counted
}

// counted is a rule with what it has seen.
type counted struct {
	Rule
	mux  *http.ServeMux
	seen int
	hits int
}

// Set gives the layer a new script, with all its counts at 0. The error is that of [Script.Check]; the old script then
// stays.
func (l *Layer) Set(script Script) error {
	if err := script.Check(); err != nil {
		return err
	}
	script.Rules = append([]Rule{}, script.Rules...) // JSON has [] for none
	next := &state{script: script}
	for _, rule := range script.Rules {
		mux, err := rule.pattern()
		if err != nil {
			return err
		}
		next.rules = append(next.rules, counted{Rule: rule, mux: mux})
	}
	l.current.Store(next)
	return nil
}

// Report is a script with what came of it.
type Report struct {
	Script
	Seen []int `json:"seen"` // for each rule, the requests that it was asked about
	Hits []int `json:"hits"` // for each rule, the requests that got its fault
}

// Report returns the present script and its counts since it was set.
func (l *Layer) Report() Report {
	s := l.current.Load()
	if s == nil {
		return Report{Script: Script{Rules: []Rule{}}, Seen: []int{}, Hits: []int{}}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	report := Report{Script: s.script, Seen: make([]int, len(s.rules)), Hits: make([]int, len(s.rules))}
	report.Rules = slices.Clone(s.script.Rules)
	for i, rule := range s.rules {
		report.Seen[i], report.Hits[i] = rule.seen, rule.hits
	}
	return report
}

// decide returns the rule that hits a request, and counts it. What becomes of the nth request that a rule is asked about
// depends on the seed, the rule's place and n alone, so that it is the same in every run.
func (l *Layer) decide(request *http.Request) (Rule, bool) {
	s := l.current.Load()
	if s == nil {
		return Rule{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.rules {
		rule := &s.rules[i]
		if _, pattern := rule.mux.Handler(request); pattern == "" {
			continue
		}
		n := rule.seen
		rule.seen++
		if n < rule.Skip || rule.Times > 0 && rule.hits >= rule.Times {
			continue
		}
		chance := rand.New(rand.NewPCG(s.script.Seed, uint64(i)<<32|uint64(n)))
		if rule.Probability > 0 && chance.Float64() >= rule.Probability {
			continue
		}
		rule.hits++
		return rule.Rule, true
	}
	return Rule{}, false
}
