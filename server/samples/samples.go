// Package samples holds the connectors that a development or test server starts with: those of the contract's
// examples, as they were before the operation that the example answers.
package samples

import _ "embed"

// JSON is the samples in the import format. Callers must not change it.
//
//go:embed samples.json
var JSON []byte

// The samples' public ids.
const (
	ContainerAPI = "497f6eca-6276-4993-bfeb-53cbbbba6f08" // an update of its version 1 answers with the contract's example
	Rollback     = "019e16f4-2b5c-7d3a-9f10-6c1a4e8b7d21" // so does a rollback of this one's
)
