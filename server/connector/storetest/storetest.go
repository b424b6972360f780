// Package storetest says, sentence by sentence, what the prose of connector.Store asks of every store, as
// tests that each store runs on itself. It also has the sample connectors, and a store in memory for tests
// and benchmarks of what stands above stores.
package storetest

import (
	"testing"

	"github.com/productsupcom/cde/server/connector"
)

// Opener returns a new, empty store. The suite closes it.
type Opener func(*testing.T) connector.Store

// Option changes what [Run] does.
type Option func(*suite)

// WithReopen adds the tests of what is there after a store was closed: reopen opens again what s, closed
// by then, was opened on.
func WithReopen(reopen func(t *testing.T, s connector.Store) connector.Store) Option {
	return func(s *suite) { s.reopen = reopen }
}

type suite struct {
	open   Opener
	reopen func(*testing.T, connector.Store) connector.Store
}

// Run runs the suite: one subtest for each thing that connector.Store promises. Every subtest opens a
// store of its own.
func Run(t *testing.T, open Opener, options ...Option) {
	s := &suite{open: open}
	for _, o := range options {
		o(s)
	}
	t.Run("Change", s.testChange)
	t.Run("Concurrency", s.testConcurrency)
	t.Run("Read", s.testRead)
	t.Run("History", s.testHistory)
	t.Run("Import", s.testImport)
	t.Run("Export", s.testExport)
	t.Run("Life", s.testLife)
}

// store opens a store that holds the records.
func (s *suite) store(t *testing.T, records ...connector.Record) connector.Store {
	t.Helper()
	store := s.open(t)
	t.Cleanup(func() { _ = store.Close() })
	if _, err := store.Import(t.Context(), each(records...)); err != nil {
		t.Fatalf("import of %d records: %v", len(records), err)
	}
	return store
}

// subtests runs the named tests in a fixed order.
func subtests(t *testing.T, tests []subtest) {
	for _, test := range tests {
		t.Run(test.name, test.run)
	}
}

type subtest struct {
	name string
	run  func(*testing.T)
}
