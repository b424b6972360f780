package validate

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

func (c *compiler) compileObject(s *openapi3.Schema) (*objectRule, error) {
	if !s.Type.Permits(openapi3.TypeObject) {
		return nil, nil
	}
	if len(s.Properties)+len(s.Required) > maxMembers {
		return nil, errMembers
	}
	r := &objectRule{names: declaredNames(s), others: anything, min: clamp(s.MinProps), max: limit(s.MaxProps)}
	r.index()
	r.closed = s.AdditionalProperties.Has != nil && !*s.AdditionalProperties.Has
	var err error
	if ref := s.AdditionalProperties.Schema; ref != nil {
		if r.others, err = c.compile(ref); err != nil {
			return nil, err
		}
	}
	r.folded = foldedNames(c.place[0])
	for i, name := range r.names {
		member, err := c.compileMember(s, r, name)
		if err != nil {
			return nil, err
		}
		r.members = append(r.members, member)
		if slices.Contains(s.Required, name) && !c.hidden(s.Properties[name]) {
			r.required.add(i)
		}
	}
	return r, nil
}

// declaredNames returns the members that a schema names, sorted: its properties
// and what it requires without describing it.
func declaredNames(s *openapi3.Schema) []string {
	var names []string
	for name := range s.Properties {
		names = append(names, name)
	}
	for _, name := range s.Required {
		if s.Properties[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// compileMember returns the node for the member name of s.
func (c *compiler) compileMember(s *openapi3.Schema, r *objectRule, name string) (*node, error) {
	ref := s.Properties[name]
	switch {
	case ref == nil && caseVariant(r.folded, []byte(name)):
		return nil, errCase
	case ref == nil && r.closed:
		return nothing, nil
	case ref == nil:
		return r.others, nil
	case c.hidden(ref) && (len(c.place) > 1 || isCombined(s)):
		return nil, errAccess
	case c.hidden(ref) && isCombined(ref.Value):
		return nil, errAccess
	case c.hidden(ref): // only null gets past kin-openapi, and only where it is accepted
		return &node{kinds: permitted(ref.Value) & kindNull}, nil
	}
	return c.compile(ref)
}

// nothing accepts no value.
var nothing = &node{}

// hidden reports whether a member must not be sent in the compiler's direction.
func (c *compiler) hidden(ref *openapi3.SchemaRef) bool {
	if ref == nil || ref.Value == nil {
		return false
	}
	if c.direction == inRequest {
		return ref.Value.ReadOnly
	}
	return ref.Value.WriteOnly
}

func isCombined(s *openapi3.Schema) bool {
	return len(s.OneOf)+len(s.AnyOf)+len(s.AllOf) > 0 || s.Not != nil
}

// foldedNames returns the members that s and the schemas combined into it
// declare: an object that s describes must not have a case variant of them.
func foldedNames(s *openapi3.Schema) []string {
	seen := map[*openapi3.Schema]bool{}
	var names []string
	var walk func(*openapi3.Schema)
	walk = func(s *openapi3.Schema) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		for name := range s.Properties {
			names = append(names, name)
		}
		for _, refs := range []openapi3.SchemaRefs{s.OneOf, s.AnyOf, s.AllOf} {
			for _, ref := range refs {
				walk(ref.Value)
			}
		}
	}
	walk(s)
	slices.Sort(names)
	return slices.Compact(names)
}
