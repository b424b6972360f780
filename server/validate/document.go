package validate

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"
)

// document checks JSON documents against one schema: compiled where the schema
// can be, and by kin-openapi where it cannot or where the compiled check does not
// accept.
type document struct {
	schema   *openapi3.Schema // nil: any strict JSON
	node     *node            // nil: not compiled
	why      error            // why not
	options  []openapi3.SchemaValidationOption
	maxDepth int
}

func newDocument(c *compiler, ref *openapi3.SchemaRef, maxDepth int) *document {
	d := &document{maxDepth: maxDepth}
	if ref == nil {
		d.node = anything
		return d
	}
	d.schema = ref.Value
	d.node, d.why = c.compile(ref)
	if d.why != nil {
		d.node = nil
	}
	d.options = []openapi3.SchemaValidationOption{
		openapi3.MultiErrors(), openapi3.DisableSchemaErrorDetails(),
		openapi3.WithStringFormatValidators(kinFormats(c.formats)),
	}
	access := usesAccess(ref)
	if isExplosive(ref, access) {
		d.maxDepth = min(maxDepth, explosiveDepth)
	}
	if access {
		visit := openapi3.VisitAsRequest
		if c.direction == inResponse {
			visit = openapi3.VisitAsResponse
		}
		d.options = append(d.options, visit())
	}
	return d
}

// usesAccess reports whether readOnly or writeOnly stands anywhere in a schema. Without them
// kin-openapi need not copy what it visits.
func usesAccess(ref *openapi3.SchemaRef) bool {
	found := errors.New("found")
	return ref.WalkSubtree(func(_ string, ref *openapi3.SchemaRef) error {
		if ref.Value.ReadOnly || ref.Value.WriteOnly {
			return found
		}
		return nil
	}) != nil
}

// accepts reports whether the compiled check accepts data. False decides nothing.
func (d *document) accepts(data []byte) bool {
	if d.node == nil {
		return false
	}
	s := scanner{data: data, maxDepth: d.maxDepth}
	return s.document(d.node)
}

// check returns nil when data is one strict JSON document that the schema
// accepts, and what is wrong with it otherwise.
func (d *document) check(data []byte) *findings {
	if d.accepts(data) {
		return nil
	}
	return d.explain(data)
}

// explain is check by kin-openapi.
func (d *document) explain(data []byte) *findings {
	s := scanner{data: data, maxDepth: d.maxDepth}
	if !s.document(anything) {
		return &findings{json: true, causes: []string{fmt.Sprintf("JSON: %s at byte %d", s.fault, s.at)}}
	}
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return &findings{json: true, causes: []string{"JSON: " + err.Error()}}
	}
	if d.schema == nil {
		return nil
	}
	f := &findings{}
	d.visit(f, nil, value)
	if len(f.causes) == 0 {
		return nil
	}
	return f
}

// visit notes in f what kin-openapi, and the rule about case variants, find wrong
// with the value at path.
func (d *document) visit(f *findings, path []string, value any) {
	f.options = d.options
	if err := d.schema.VisitJSON(value, d.options...); err != nil {
		f.translate(path, err)
	}
	f.caseVariants(path, []*openapi3.Schema{d.schema}, value)
}
