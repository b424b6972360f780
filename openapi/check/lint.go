package check

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// Lint asks whether the contract is OpenAPI by kin-openapi's judgement, whether its examples fit their schemas, and
// whether it keeps the rules that generated code, gateways and other validators lean on. It looks at operations,
// schemas and examples.
func Lint(contract []byte) Report {
	d, finding := parse("lint", contractFile, contract)
	if finding != nil {
		return Report{Check: "lint", What: linted, Findings: []Finding{*finding}}
	}
	return lintReport(d)
}

const linted = "operations, schemas and examples"

func lintReport(d *document) Report {
	report := Report{Check: "lint", What: linted}
	l := &linter{document: d, report: &report}
	for operation := range d.operations() {
		report.Looked++
		l.shape(operation)
		l.names(operation)
		l.deprecation(operation)
		l.examples(operation)
	}
	for schema := range d.schemas() {
		report.Looked++
		l.pattern(schema)
		l.reference(schema)
		l.object(schema)
	}
	l.dates(l.root, "")
	l.valid()
	return report
}

// linter collects what the rules of Lint find.
type linter struct {
	*document
	report *Report
}

func (l *linter) refuse(line int, place, problem, remedy string) {
	l.report.Findings = append(l.report.Findings, Finding{
		Check: l.report.Check, File: l.file, Line: line, Place: place, Problem: problem, Remedy: remedy,
	})
}

// valid is kin-openapi's own judgement; it comes last and is silent where a rule has named the place better.
func (l *linter) valid() {
	err := l.spec.Spec.Validate(context.Background(), openapi3.EnableExamplesValidation(),
		openapi3.AllowExtraSiblingFields("description"))
	if err != nil && len(l.report.Findings) == 0 {
		l.refuse(0, "the whole document", "is not valid OpenAPI: "+short(err.Error()), "mend the place that the message names")
	}
}

// examples visits each example of an operation's bodies with its schema. A body without an example is refused: examples
// are what docs, mocks and tests show and send.
func (l *linter) examples(o operation) {
	if o.RequestBody != nil && o.RequestBody.Value != nil {
		l.medias(o, "request body", o.RequestBody.Value.Content)
	}
	responses := o.Responses.Map()
	for _, status := range slices.Sorted(maps.Keys(responses)) {
		l.medias(o, "answer "+status, responses[status].Value.Content)
	}
}

func (l *linter) medias(o operation, what string, content openapi3.Content) {
	for _, name := range slices.Sorted(maps.Keys(content)) {
		media := content[name]
		place := fmt.Sprintf("%s, %s %s", o.place(), what, name)
		line := o.line()
		if media.Origin != nil && media.Origin.Key != nil {
			line = media.Origin.Key.Line
		}
		examples := map[string]any{}
		if media.Example != nil {
			examples["example"] = media.Example
		}
		for name, example := range media.Examples {
			examples["example "+name] = example.Value.Value
		}
		if len(examples) == 0 || media.Schema == nil {
			l.refuse(line, place, "has no schema or no example", "add both; take the example from a real answer")
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(examples)) {
			l.report.Looked++
			if err := media.Schema.Value.VisitJSON(examples[name], openapi3.DisableSchemaErrorDetails()); err != nil {
				l.refuse(line, place+", "+name, "does not fit its schema: "+short(err.Error()),
					"mend the example, or the schema if real answers look like the example")
			}
		}
	}
}
