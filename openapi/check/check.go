// Package check judges a change of the contract before anybody builds on it: is it well made (Lint), do the Go overlay's
// targets still exist (Overlay), do names stay (Names), may every caller of the released contract go on as before
// (Breaking), does the version say what changed (Version), and does the SDK follow (Client).
//
// Every check is a function over a contract's bytes and says how much it looked at, so that a check that no longer
// looks at anything is noticed. The command in ./contract runs them.
package check

import (
	"fmt"
	"strings"
)

// Finding is one thing that a check refuses.
type Finding struct {
	Check   string // the check that found it: lint, overlay, names, breaking, version, client
	File    string // the file it is seen in, from the module's root, with slashes
	Line    int    // 1-based; 0 where the file as a whole is meant
	Place   string // the operation, schema, parameter or field
	Problem string // what is wrong, without the place
	Remedy  string // what to do about it

	rule string // oasdiff's name of the rule, where it is oasdiff's
}

// String is one line for the place and the problem and one, indented, for the remedy.
func (f Finding) String() string {
	where := f.File
	if f.Line > 0 {
		where = fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	return fmt.Sprintf("%s: %s: %s: %s\n\tto do: %s", where, f.Check, f.Place, f.Problem, f.Remedy)
}

// Report is what one check saw.
type Report struct {
	Check    string
	Looked   int    // how many of What it looked at; 0 only where the contract could not be read
	What     string // of what it looked at Looked, plural
	Findings []Finding
}

// String lists the findings below a line that says how much was looked at.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d %s, %d findings", r.Check, r.Looked, r.What, len(r.Findings))
	for _, finding := range r.Findings {
		b.WriteString("\n" + finding.String())
	}
	return b.String()
}

// Change is a contract beside what it is measured by.
type Change struct {
	Contract []byte // openapi/openapi.yaml
	Overlay  []byte // openapi/go.overlay.yaml
	Released []byte // the newest contract under openapi/released/
}

// All runs every check of a contract. A new major version in the contract says that callers are meant to break: then Names and
// Breaking refuse only the removal of an operation that was not announced (deprecated, its sunset date passed).
func All(change Change) []Report {
	revision, finding := parse("lint", contractFile, change.Contract)
	if finding != nil {
		return []Report{{Check: "lint", What: linted, Findings: []Finding{*finding}}}
	}
	base, finding := parse("released", releasedDir, change.Released)
	if finding != nil {
		return []Report{{Check: "released", What: "released contracts", Findings: []Finding{*finding}}}
	}
	base.file = releasedFile(base.version())
	names, breaks := namesReport(base, revision), breakingReport(base, revision)
	if majorRaised(base, revision) {
		names.Findings = nil
		breaks.Findings = unannounced(breaks.Findings)
	}
	return []Report{
		lintReport(revision),
		Overlay(change.Contract, change.Overlay),
		names,
		breaks,
		versionReport(base, revision),
	}
}

// measured reads both contracts and reports on them; one that cannot be read is the report's finding.
func measured(check, what string, released, contract []byte, report func(base, revision *document) Report) Report {
	base, revision, finding := pair(check, released, contract)
	if finding != nil {
		return Report{Check: check, What: what, Findings: []Finding{*finding}}
	}
	return report(base, revision)
}
