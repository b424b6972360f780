package validate

import "github.com/getkin/kin-openapi/openapi3"

// explosiveDepth is how deep a document may nest where its schema is explosive.
const explosiveDepth = 12

// isExplosive reports whether checking a document against a schema can cost twice as much with every level of nesting: the
// schema contains itself inside alternatives that are all tried. kin-openapi visits the branch of an anyOf that fits a second
// time, and with readOnly or writeOnly that of a oneOf too.
func isExplosive(ref *openapi3.SchemaRef, access bool) bool {
	found := false
	_ = ref.WalkSubtree(func(_ string, ref *openapi3.SchemaRef) error {
		for _, branch := range alternatives(ref.Value, access) {
			found = found || reaches(branch.Value, ref.Value, map[*openapi3.Schema]bool{})
		}
		return nil
	})
	return found
}

// alternatives returns the branches of s that may all be tried on one value.
func alternatives(s *openapi3.Schema, access bool) openapi3.SchemaRefs {
	var tried openapi3.SchemaRefs
	if s.Not != nil {
		tried = append(tried, s.Not)
	}
	if access || overlap(s.OneOf) {
		tried = append(tried, s.OneOf...)
	}
	return append(tried, s.AnyOf...)
}

// overlap reports whether two of the branches take values of the same type.
func overlap(branches openapi3.SchemaRefs) bool {
	var taken kinds
	for _, branch := range branches {
		k := permitted(branch.Value)
		if isCombined(branch.Value) {
			k = kindAny
		}
		if isNullOnly(branch.Value) {
			k = kindNull
		}
		if k&taken != 0 {
			return true
		}
		taken |= k
	}
	return false
}

// isNullOnly reports whether s is the contract's way to write null: an enum of nothing else.
func isNullOnly(s *openapi3.Schema) bool { return len(s.Enum) == 1 && s.Enum[0] == nil }

// reaches reports whether a value inside one that from describes may be described by to.
func reaches(from, to *openapi3.Schema, seen map[*openapi3.Schema]bool) bool {
	if from == nil || seen[from] {
		return false
	}
	seen[from] = true
	if from == to {
		return true
	}
	for _, part := range parts(from) {
		if part != nil && reaches(part.Value, to, seen) {
			return true
		}
	}
	return false
}
