package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
)

// serverRows compares whole stacks at the handler: no network, no net/http server.
func serverRows(m meter) ([]row, error) {
	s, err := loadSeeds()
	if err != nil {
		return nil, err
	}
	var works []work
	for _, stack := range []string{stackOurs, stackRules, stackRaw, stackStock} {
		h, err := newStack(stack)
		if err != nil {
			return nil, err
		}
		works = append(works, requests(stack, h, s.putBody, http.StatusOK))
		if stack == stackOurs || stack == stackStock {
			works = append(works, requests(stack+" refusing", h, []byte("{}"), http.StatusBadRequest))
		}
	}
	costs := m.compare(works...)
	ours, raw, stock := costs[stackOurs], costs[stackRaw], costs[stackStock]
	refused, stockRefused := costs[stackOurs+" refusing"], costs[stackStock+" refusing"]
	rules := costs[stackRules]
	note := fmt.Sprintf("%.0f ns, %.0f allocations; with the rules' next version and event %.0f ns, %.0f; raw %.0f ns, %.0f; stock %.0f ns, %.0f", ours.ns, ours.allocs, rules.ns, rules.allocs, raw.ns, raw.allocs, stock.ns, stock.allocs)
	refusal := fmt.Sprintf("%.0f ns, %.0f allocations; stock %.0f ns, %.0f", refused.ns, refused.allocs, stockRefused.ns, stockRefused.allocs)
	return []row{
		{work: "whole server, valid PUT: ours / raw echo handler", ratio: ours.ns / raw.ns, target: 0.6, note: note},
		{work: "the same: allocations of ours", ratio: ours.allocs, target: 15, count: true},
		{work: "the same: ours / stock stack", ratio: ours.ns / stock.ns, target: 0.25},
		{work: "PUT of `{}`, refused: ours / ours serving, rules included", ratio: refused.ns / rules.ns, target: 0.4, note: refusal},
		{work: "the same: ours / stock refusing", ratio: refused.ns / stockRefused.ns, target: 0.06},
	}, nil
}

// requests is the work of answering one PUT.
func requests(name string, h http.Handler, body []byte, want int) work {
	template := httptest.NewRequest(http.MethodPut, putPath, nil)
	template.Header.Set("Content-Type", "application/json")
	template.Header.Set("Authorization", "Bearer token")
	template.ContentLength = int64(len(body))
	sent := &payload{}
	w := &discard{header: http.Header{}}
	var r http.Request
	return work{name, func(n int) {
		for range n {
			sent.Reset(body)
			r = *template
			r.Body = sent
			clear(w.header)
			h.ServeHTTP(w, &r)
			must(w.status == want)
		}
	}}
}

// payload is a request's body.
type payload struct{ bytes.Reader }

func (*payload) Close() error { return nil }

// discard is a ResponseWriter that keeps the status alone.
type discard struct {
	header http.Header
	status int
}

func (w *discard) Header() http.Header         { return w.header }
func (w *discard) WriteHeader(status int)      { w.status = status }
func (w *discard) Write(b []byte) (int, error) { return len(b), nil }
