package validate

import (
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"
)

// checkHollow returns an error for a schema that says nothing but refers to itself, such as
// S: {anyOf: [S]} or S: {properties: {a: S}}. kin-openapi asks whether a schema is empty by asking its
// parts, and on such a one never comes back.
func checkHollow(doc *openapi3.T) error {
	walk := hollowWalk{}
	return doc.WalkSchemas(func(pointer string, ref *openapi3.SchemaRef) error {
		if walk.loops(ref.Value) {
			return fmt.Errorf("validate: contract: %s: a schema that only refers to itself: give it a type", pointer)
		}
		return nil
	})
}

// hollowWalk knows which schemas are being looked at (false) and which are done (true).
type hollowWalk map[*openapi3.Schema]bool

func (w hollowWalk) loops(s *openapi3.Schema) bool {
	if done, met := w[s]; met {
		return !done
	}
	bare := *s
	bare.OneOf, bare.AnyOf, bare.AllOf, bare.Not = nil, nil, nil, nil
	bare.Properties, bare.Items, bare.AdditionalProperties.Schema = nil, nil, nil
	if !bare.IsEmpty() {
		w[s] = true
		return false
	}
	w[s] = false
	for _, part := range parts(s) {
		if part != nil && part.Value != nil && w.loops(part.Value) {
			return true
		}
	}
	w[s] = true
	return false
}

// parts returns the schemas directly inside s.
func parts(s *openapi3.Schema) openapi3.SchemaRefs {
	all := openapi3.SchemaRefs{s.Not, s.Items, s.AdditionalProperties.Schema}
	for _, refs := range []openapi3.SchemaRefs{s.OneOf, s.AnyOf, s.AllOf} {
		all = append(all, refs...)
	}
	for _, ref := range s.Properties {
		all = append(all, ref)
	}
	return all
}
