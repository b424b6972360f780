package check

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/oasdiff/oasdiff/checker"
	"golang.org/x/mod/semver"
	"gopkg.in/yaml.v3"
)

// size is how much of a version a change moves, by semantic versioning.
type size int

const (
	none  size = iota
	patch      // words: descriptions, examples, order
	minor      // what a caller of the released contract need not know
	major      // what could break one
)

func (s size) String() string { return [...]string{"no", "patch", "minor", "major"}[s] }

// Version refuses that the contract changed and its version did not move as far as the change asks, or moved for
// nothing. It looks at one version.
func Version(released, contract []byte) Report {
	return measured("version", "versions", released, contract, versionReport)
}

func versionReport(base, revision *document) Report {
	report := Report{Check: "version", What: "versions", Looked: 1}
	refuse := func(problem, remedy string) Report {
		report.Findings = []Finding{{
			Check: report.Check, File: revision.file, Line: versionLine(revision), Place: "info.version " + revision.version(),
			Problem: problem, Remedy: remedy,
		}}
		return report
	}
	if !number(revision.version()) {
		return refuse("is no semantic version", "write three numbers, such as "+bump(base.version(), minor))
	}
	asked, reason := sizeOf(base, revision)
	least := bump(base.version(), asked)
	switch order := semver.Compare("v"+revision.version(), "v"+least); {
	case order < 0 && asked == none:
		return refuse("is before the released "+base.version(), "go back to "+base.version())
	case order < 0:
		return refuse(fmt.Sprintf("does not say that the contract changed since %s: %s", base.version(), reason),
			fmt.Sprintf("raise it to %s, for this is a %s change", least, asked))
	case order > 0 && asked == none:
		return refuse("moved but nothing changed since "+base.version(), "go back to "+base.version())
	}
	return report
}

// sizeOf returns how large the change is, and one sentence of why.
func sizeOf(base, revision *document) (size, string) {
	breaks, _, err := breaking(base, revision)
	if gone, _ := namesGone(base, revision); len(gone) > 0 {
		breaks = append(breaks, gone...)
	}
	if err != nil {
		return major, err.Error()
	}
	if len(breaks) > 0 {
		return major, breaks[0].Place + ": " + breaks[0].Problem
	}
	before, after := tree(base.root), tree(revision.root)
	if !reflect.DeepEqual(surface(before, false), surface(after, false)) {
		reason := "something that callers see was added or loosened"
		if changes, err := compare(base, revision, checker.INFO); err == nil && len(changes) > 0 {
			first := of(changes[0], base, revision)
			reason = first.Place + ": " + first.Problem
		} else if values := valuesNew(base, revision); len(values) > 0 {
			reason = values[0].Place + " " + values[0].Problem
		}
		return minor, reason
	}
	if !reflect.DeepEqual(before, after) {
		return patch, "words or examples changed"
	}
	return none, ""
}

// tree is a contract as plain values, without its version.
func tree(root *yaml.Node) map[string]any {
	var values map[string]any
	if err := root.Decode(&values); err != nil {
		return nil // parsed before: cannot fail
	}
	if info, ok := values["info"].(map[string]any); ok {
		delete(info, "version")
	}
	return values
}

// prose are the keywords that callers read and programs do not.
var prose = map[string]bool{
	"description": true, "summary": true, "title": true, "example": true, "examples": true, "externalDocs": true, "tags": true,
}

// surface is a contract without its prose. named says that the keys of value are names, not keywords.
func surface(value any, named bool) any {
	switch value := value.(type) {
	case map[string]any:
		kept := map[string]any{}
		for key, member := range value {
			if named || !prose[key] {
				kept[key] = surface(member, !named && authored(key))
			}
		}
		return kept
	case []any:
		kept := make([]any, len(value))
		for i, item := range value {
			kept[i] = surface(item, false)
		}
		return kept
	default:
		return value
	}
}

// authored tells whether the members of a keyword's value are named by the contract's author.
func authored(keyword string) bool {
	switch keyword {
	case "properties", "schemas", "responses", "parameters", "requestBodies", "headers", "securitySchemes", "paths", "content":
		return true
	}
	return false
}

// bump moves a version by a size; none leaves it.
func bump(version string, by size) string {
	parts := strings.SplitN(version, ".", 3)
	for len(parts) < 3 {
		parts = append(parts, "0")
	}
	if by == none {
		return version
	}
	at := int(major - by)
	n, _ := strconv.Atoi(parts[at])
	parts[at] = strconv.Itoa(n + 1)
	for i := at + 1; i < 3; i++ {
		parts[i] = "0"
	}
	return strings.Join(parts, ".")
}

// number tells whether a version is three plain numbers.
func number(version string) bool {
	return semver.IsValid("v"+version) && semver.Canonical("v"+version) == "v"+version && semver.Prerelease("v"+version) == ""
}

// majorRaised tells whether the contract says that callers of the released one are meant to break.
func majorRaised(base, revision *document) bool {
	return number(base.version()) && number(revision.version()) &&
		semver.Compare(semver.Major("v"+revision.version()), semver.Major("v"+base.version())) > 0
}

func versionLine(d *document) int {
	if node := member(d.root, "info", "version"); node != nil {
		return node.Line
	}
	return 0
}
