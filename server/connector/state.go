package connector

import "strings"

// State is a version's place in its life. The set is open: a state that this package has never heard of
// is kept and shown as it is, and accepts what a version at rest accepts.
//
//	                       application or vcs is null
//	                     ┌────────────────────────────▶ updating
//	any state at rest ───┤ PUT
//	                     └────────────────────────────▶ updated
//	                       both are set
//
//	a state with a job ──── PUT ──▶ refused: building, synchronizing-…, resynchronizing-…
//
// What leads on from there are the platform's jobs: updated → building → built → synchronizing-to-dev →
// synchronized-to-dev → synchronizing-to-prod → synchronized-to-prod, and resynchronizing-… beside the last two.
// A rollback neither looks at the state nor moves it.
type State string

// The states that the rules name. Others occur.
const (
	Updating State = "updating" // the configuration was changed and setup is incomplete
	Updated  State = "updated"  // the configuration was changed and the version is ready to build
)

// Busy tells whether a job runs on a version in this state: building, synchronizing-… or
// resynchronizing-….
func (s State) Busy() bool {
	return s == "building" || strings.HasPrefix(string(s), "synchronizing-") ||
		strings.HasPrefix(string(s), "resynchronizing-")
}

// refuse returns the refusal of a change that a busy version cannot take, nil for a version at rest.
func (s State) refuse() error {
	if !s.Busy() {
		return nil
	}
	return &RefusalError{"Transition is not allowed, entity is " + string(s) + "."}
}

// reconfigured returns the state of a version whose configuration was changed.
func reconfigured(complete bool) State {
	if complete {
		return Updated
	}
	return Updating
}
