package validate

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// findings is what is wrong with one document, worded for the caller.
type findings struct {
	options []openapi3.SchemaValidationOption
	json    bool // not strict JSON: no field is to blame
	fields  []finding
	causes  []string        // for the operator: where and which keyword, never a value
	inside  int             // combined schemas being looked into
	closed  map[string]bool // closed objects whose members were looked at
}

// finding is a field's text. One text stands for a field; the lowest rank wins.
type finding struct {
	Field
	rank int
}

const (
	rankBlank = iota
	rankType
	rankLength
	rankOther
)

// maxCauses is how many findings the operator gets to read.
const maxCauses = maxFields

// maxFindings is how many fields are kept to choose the shown ones from.
const maxFindings = 10 * maxFields

// add notes a finding. A finding about the whole document names no field.
func (f *findings) add(path []string, keyword, text string, rank int) {
	name := cutName(strings.Join(path, "."))
	if len(f.causes) < maxCauses {
		f.causes = append(f.causes, name+": "+keyword)
	}
	if len(path) == 0 {
		return
	}
	for i, old := range f.fields {
		if old.Name == name {
			if rank < old.rank {
				f.fields[i] = finding{Field{name, text}, rank}
			}
			return
		}
	}
	kept := maxFindings
	if text == TextUnexpected {
		kept = maxFindings / 2 // so that names of the caller's own making leave room for declared ones
	}
	if len(f.fields) < kept {
		f.fields = append(f.fields, finding{Field{name, text}, rank})
	}
}

// sorted returns the fields by name, as many as are shown: those that nobody declared only where room is left.
func (f *findings) sorted() []Field {
	byName := func(a, b finding) int { return cmp.Compare(a.Name, b.Name) }
	slices.SortFunc(f.fields, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.undeclared(), b.undeclared()), byName(a, b))
	})
	shown := f.fields[:min(len(f.fields), maxFields)]
	slices.SortFunc(shown, byName)
	var fields []Field
	for _, found := range shown {
		fields = append(fields, found.Field)
	}
	return fields
}

// undeclared is 1 for a member that the contract does not know, else 0.
func (f finding) undeclared() int {
	if f.Text == TextUnexpected {
		return 1
	}
	return 0
}

// refusal returns the 400 of the findings, for a reason unless the document is no JSON.
func (f *findings) refusal(reason string) *Refusal {
	if f.json {
		reason = ReasonJSON
	}
	return badRequest(reason, f, f.sorted()...)
}

// empty reports whether nothing is wrong.
func (f *findings) empty() bool { return len(f.causes) == 0 }

// Error returns the causes, for the log.
func (f *findings) Error() string { return strings.Join(f.causes, "; ") }

// caseVariants finds members whose names differ from a declared one by case only. A
// decoder that ignores case, as encoding/json does, would take them for it.
func (f *findings) caseVariants(path []string, schemas []*openapi3.Schema, value any) {
	switch value := value.(type) {
	case []any:
		var items []*openapi3.Schema
		for _, s := range withCombined(schemas) {
			if s.Items != nil {
				items = append(items, s.Items.Value)
			}
		}
		for i, v := range value {
			if len(items) > 0 && isNested(v) {
				f.caseVariants(append(path, strconv.Itoa(i)), items, v)
			}
		}
	case map[string]any:
		if len(value) > 0 {
			f.caseVariantsOf(path, withCombined(schemas), value)
		}
	}
}

// caseVariantsOf is caseVariants for an object.
func (f *findings) caseVariantsOf(path []string, schemas []*openapi3.Schema, value map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(value)) {
		if isVariant(schemas, name) {
			f.add(append(slices.Clip(path), name), "case of the name", TextUnexpected, rankType)
		}
		if !isNested(value[name]) {
			continue
		}
		if members := memberSchemas(schemas, name); len(members) > 0 {
			f.caseVariants(append(slices.Clip(path), name), members, value[name])
		}
	}
}

// isVariant reports whether no schema declares name and one declares it in another case.
func isVariant(schemas []*openapi3.Schema, name string) bool {
	variant := false
	for _, s := range schemas {
		if s.Properties[name] != nil {
			return false
		}
		for declared := range s.Properties {
			variant = variant || strings.EqualFold(declared, name)
		}
	}
	return variant
}

// isNested reports whether v holds values.
func isNested(v any) bool { return kindOf(v)&(kindArray|kindObject) != 0 }

// memberSchemas returns the schemas that apply to the member name of an object.
func memberSchemas(schemas []*openapi3.Schema, name string) []*openapi3.Schema {
	var members []*openapi3.Schema
	for _, s := range schemas {
		if ref := s.Properties[name]; ref != nil {
			members = append(members, ref.Value)
		} else if ref := s.AdditionalProperties.Schema; ref != nil {
			members = append(members, ref.Value)
		}
	}
	return members
}

// withCombined returns schemas and all that they combine.
func withCombined(schemas []*openapi3.Schema) []*openapi3.Schema {
	all := slices.Clip(schemas)
	for i := 0; i < len(all); i++ {
		for _, refs := range []openapi3.SchemaRefs{all[i].OneOf, all[i].AnyOf, all[i].AllOf} {
			for _, ref := range refs {
				if ref.Value != nil && !slices.Contains(all, ref.Value) {
					all = append(all, ref.Value)
				}
			}
		}
	}
	return all
}
