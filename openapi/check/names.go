package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// named are the sections of components whose names become names in generated code.
var named = []string{"schemas", "parameters", "responses", "headers", "securitySchemes"}

// enums are the keywords that list values, closed or open; each value is a constant in generated code.
var enums = []string{"enum", "x-extensible-enum"}

// Names refuses that a released name goes or changes: operationIds, components, and values of enumerations. Breaking-
// change tools let them pass, for the wire stays the same; every caller's code stops compiling all the same. It looks
// at names of the released contract.
func Names(released, contract []byte) Report {
	return measured("names", "released names", released, contract, namesReport)
}

func namesReport(base, revision *document) Report {
	report := Report{Check: "names", What: "released names"}
	report.Findings, report.Looked = namesGone(base, revision)
	return report
}

// namesGone returns what Names refuses, and how many names it looked at.
func namesGone(base, revision *document) (findings []Finding, looked int) {
	n := &namer{base: base, revision: revision}
	n.operations()
	for _, section := range named {
		n.components(section)
	}
	n.values()
	return n.findings, n.looked
}

// namer collects the released names that the revision lost.
type namer struct {
	base, revision *document
	findings       []Finding
	looked         int
}

func (n *namer) refuse(file string, line int, place, problem, remedy string) {
	n.findings = append(n.findings, Finding{
		Check: "names", File: file, Line: line, Place: place, Problem: problem,
		Remedy: remedy + orMajor(n.base),
	})
}

func (n *namer) operations() {
	now := map[string]operation{}
	for operation := range n.revision.operations() {
		now[operation.place()] = operation
	}
	for was := range n.base.operations() {
		n.looked++
		is, ok := now[was.place()]
		if !ok || is.OperationID == was.OperationID {
			continue // an operation that is gone is for Breaking to refuse
		}
		n.refuse(n.revision.file, is.line(), is.place(),
			fmt.Sprintf("operationId %s was renamed to %s: methods of every client are named by it", was.OperationID, is.OperationID),
			"take the released operationId back")
	}
}

func (n *namer) components(section string) {
	was, is := member(n.base.root, "components", section), member(n.revision.root, "components", section)
	for key, value := range members(was) {
		n.looked++
		if member(is, key.Value) != nil {
			continue
		}
		place := "components/" + section + "/" + key.Value
		if name, line := renamed(value, was, is); name != "" {
			n.refuse(n.revision.file, line, place,
				fmt.Sprintf("was renamed to %s: types of every client are named by it", name), "take the released name back")
			continue
		}
		n.refuse(n.base.file, key.Line, place, "was removed: types of every client are named by it", "put it back")
	}
}

// renamed finds, among the components that are new, the one that says what value said.
func renamed(value, was, is *yaml.Node) (name string, line int) {
	for key, candidate := range members(is) {
		if member(was, key.Value) == nil && same(value, candidate) {
			return key.Value, key.Line
		}
	}
	return "", 0
}

// same compares two nodes by their content; comments, style and line do not count.
func same(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.Tag == b.Tag && a.Value == b.Value && slices.EqualFunc(a.Content, b.Content, same)
}

// values compares enumerations of the schemas that stand in the same place of both contracts.
func (n *namer) values() {
	now := map[string]schema{}
	for schema := range n.revision.schemas() {
		now[schema.place] = schema
	}
	for was := range n.base.schemas() {
		is, ok := now[was.place]
		if !ok {
			continue
		}
		before, after := valuesOf(was), valuesOf(is)
		n.looked += len(before)
		for _, value := range missing(before, after) {
			problem := fmt.Sprintf("the value %s was removed", value)
			if added := missing(after, before); len(added) > 0 {
				problem = fmt.Sprintf("the value %s was removed or renamed (new: %s)", value, strings.Join(added, ", "))
			}
			n.refuse(n.revision.file, is.Line, is.place, problem, "put the value back, add the new one beside it")
		}
	}
}

// valuesNew are the values that enumerations of the revision have beyond the base's. No check refuses them.
func valuesNew(base, revision *document) []Finding {
	was := map[string]schema{}
	for schema := range base.schemas() {
		was[schema.place] = schema
	}
	var findings []Finding
	for is := range revision.schemas() {
		before, ok := was[is.place]
		if added := missing(valuesOf(is), valuesOf(before)); ok && len(added) > 0 {
			findings = append(findings, Finding{
				File: revision.file, Line: is.Line, Place: is.place, Problem: "has the new value " + strings.Join(added, ", "),
			})
		}
	}
	return findings
}

func valuesOf(s schema) map[string]int {
	values := map[string]int{}
	for _, keyword := range enums {
		if list := member(s.Node, keyword); list != nil {
			for _, value := range list.Content {
				values[value.Value] = value.Line
			}
		}
	}
	return values
}

// missing are the keys of in that are not in from, in order.
func missing(in, from map[string]int) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if _, ok := from[name]; !ok {
			names = append(names, name)
		}
	}
	return names
}

// orMajor is the way out for those who mean it.
func orMajor(base *document) string {
	return fmt.Sprintf("; if callers are to break, raise info.version to %s", bump(base.version(), major))
}
