// Package faults makes an HTTP server fail on purpose, for the tests of those who call it: a [Script] of rules, read from
// JSON or written in Go, says which requests get which fault. The same seed and the same requests give the same faults.
//
// A [Layer] stands in front of a handler, and has a second handler to be scripted through, on a port of its own.
package faults

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Kind is what goes wrong.
type Kind string

// The faults. Each is met before the request is worked on, so that nothing is changed by it, unless the rule says [After].
const (
	Status   Kind = "status"   // an answer with the rule's status, in the API's JSON shape
	HTML     Kind = "html"     // an answer with the rule's status (502 if none) and a page of HTML, as proxies give
	Redirect Kind = "redirect" // an answer with the rule's status (307 if none) and location
	Reset    Kind = "reset"    // the connection is reset without an answer
	Slow     Kind = "slow"     // the answer comes late by the rule's delay, but whole
	Truncate Kind = "truncate" // the request is worked on, but half of the answer's body is missing: always [After]
)

// When says whether the work is done all the same.
type When string

// Without a When, a fault is met Before.
const (
	Before When = "before" // nothing was changed when the fault is met
	After  When = "after"  // the request is worked on; then its answer is lost to the fault
)

// Limits of a script.
const (
	MaxRules = 100
	MaxDelay = Duration(time.Minute)
)

// Script is what goes wrong, and for whom. The zero Script lets all requests pass.
type Script struct {
	Seed  uint64 `json:"seed"`  // of the rules' probabilities
	Rules []Rule `json:"rules"` // the first one that hits a request decides; at most MaxRules
}

// Rule gives a fault to some requests.
type Rule struct {
	// On is a pattern of net/http's ServeMux, such as "POST /connectors/{id}/versions/{version}/migration/rollback";
	// empty it means "/connectors/", every request to the API.
	On string `json:"on,omitempty"`
	// Skip lets so many of these requests pass first; Times then hits so many and lets all others pass, 0 hits all.
	Skip  int `json:"skip,omitempty"`
	Times int `json:"times,omitempty"`
	// Probability hits a request with this chance, drawn from the seed; 0 means 1.
	Probability float64 `json:"probability,omitempty"`

	Fault      Kind     `json:"fault"`
	When       When     `json:"when,omitempty"`
	Status     int      `json:"status,omitempty"`      // 200 to 599; required by Status
	RetryAfter string   `json:"retry-after,omitempty"` // the Retry-After header, sent as it stands here
	Location   string   `json:"location,omitempty"`    // the Location of a Redirect; "/" if empty
	Delay      Duration `json:"delay,omitempty"`       // how long the fault waits, at most MaxDelay; required by Slow
}

// Duration is a time.Duration that JSON has as text, such as "250ms".
type Duration time.Duration

// MarshalText writes the duration as time.Duration does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what [time.ParseDuration] reads.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}

// Check returns an error that names the first rule, from 0, that cannot work, and why.
func (s Script) Check() error {
	if len(s.Rules) > MaxRules {
		return fmt.Errorf("rules: %d of them, at most %d are allowed", len(s.Rules), MaxRules)
	}
	for i, rule := range s.Rules {
		if err := rule.check(); err != nil {
			return fmt.Errorf("rules[%d]: %w", i, err)
		}
	}
	return nil
}

func (r Rule) check() error {
	switch {
	case r.Skip < 0 || r.Times < 0:
		return errors.New("skip and times cannot be negative")
	case !(r.Probability >= 0 && r.Probability <= 1):
		return fmt.Errorf("probability %v, want 0 to 1", r.Probability)
	case r.Delay < 0 || r.Delay > MaxDelay:
		return fmt.Errorf("delay %s, want 0s to %s", time.Duration(r.Delay), time.Duration(MaxDelay))
	case r.Status != 0 && (r.Status < 200 || r.Status > 599):
		return fmt.Errorf("status %d, want 200 to 599", r.Status)
	case r.When != "" && r.When != Before && r.When != After:
		return fmt.Errorf("when %q, want before or after", r.When)
	case strings.ContainsAny(r.RetryAfter+r.Location, "\r\n\x00"):
		return errors.New("retry-after and location cannot have line breaks")
	}
	if _, err := r.pattern(); err != nil {
		return fmt.Errorf("on: %w", err)
	}
	return r.checkFault()
}

// checkFault checks what each kind of fault asks for.
func (r Rule) checkFault() error {
	switch r.Fault {
	case Status:
		if r.Status == 0 {
			return errors.New("the fault status needs a status")
		}
	case Slow:
		if r.Delay == 0 {
			return errors.New("the fault slow needs a delay")
		}
	case Truncate:
		if r.When == Before {
			return errors.New("the fault truncate is met after the work only")
		}
	case HTML, Redirect, Reset:
	default:
		return fmt.Errorf("fault %q, want status, html, redirect, reset, slow or truncate", r.Fault)
	}
	return nil
}

// pattern returns a mux that knows the requests of the rule, and nothing else.
func (r Rule) pattern() (mux *http.ServeMux, err error) {
	defer func() {
		if p := recover(); p != nil { // ServeMux has no other way to refuse a pattern
			err = fmt.Errorf("%v", p)
		}
	}()
	on := r.On
	if on == "" {
		on = "/connectors/"
	}
	mux = http.NewServeMux()
	mux.Handle(on, http.NotFoundHandler())
	return mux, nil
}
