package connector

import (
	"encoding/json"
	"time"
)

// Event is one change of one version as its history keeps it.
type Event struct {
	// Sequence counts the events of one version: 1, 2, 3, … in commit order without a gap.
	// The store gives it; it is 0 before.
	Sequence  int64
	Time      time.Time // of the change by the service's clock, UTC, whole microseconds
	Subject   string    // who did it: the token's sub
	Operation string    // the operationId
	RequestID string    // of the request that did it, for the logs
	Changes   []Change  // at least one, in document order
}

// Change is one field before and after.
type Change struct {
	Path          string          // member names from the version's root, joined by dots: config.execution.container-api.image
	Before, After json.RawMessage // the field's JSON value; null if it was not there
}
