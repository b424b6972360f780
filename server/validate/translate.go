package validate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// translate words an error of kin-openapi: by the keyword that failed, never by
// the library's text.
func (f *findings) translate(prefix []string, err error) {
	if list, ok := err.(openapi3.MultiError); ok { //nolint:errorlint // a list inside a schema's error is not this list
		for _, err := range list {
			f.translate(prefix, err)
		}
		return
	}
	var e *openapi3.SchemaError
	if !errors.As(err, &e) {
		f.add(prefix, "schema", TextInvalid, rankOther)
		return
	}
	path := append(slices.Clip(prefix), e.JSONPointer()...)
	switch e.SchemaField {
	case "properties":
		f.unexpected(path, e)
	case "required":
		f.missing(path, e)
	case "allOf":
		f.combined(path, e.Schema.AllOf, e)
	case "oneOf":
		f.combined(path, ofKind(e.Schema.OneOf, e.Value), e)
	case "anyOf":
		f.combined(path, ofKind(e.Schema.AnyOf, e.Value), e)
	default:
		text, rank := wording(e)
		f.add(path, e.SchemaField, text, rank)
	}
}

// unexpected names the members that a closed object does not have. The library's
// error stands for one of them and does not say which.
func (f *findings) unexpected(path []string, e *openapi3.SchemaError) {
	where := strings.Join(path, "\x00")
	if f.closed[where] {
		return
	}
	if f.closed == nil {
		f.closed = map[string]bool{}
	}
	f.closed[where] = true
	object, _ := e.Value.(map[string]any)
	var names []string
	for name := range object {
		if e.Schema.Properties[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names[:min(len(names), maxFields)] {
		f.add(append(slices.Clip(path), name), "additionalProperties", TextUnexpected, rankType)
	}
}

// missing words a required member that is not there.
func (f *findings) missing(path []string, e *openapi3.SchemaError) {
	ref := e.Schema.Properties[path[len(path)-1]]
	if ref != nil && refusesBlank(ref.Value) && !ref.Value.Nullable {
		f.add(path, "required", TextBlank, rankBlank)
		return
	}
	f.add(path, "required", TextMissing, rankType)
}

// maxInside is how many combined schemas are looked into, one inside the other, for what
// is wrong: they may be recursive.
const maxInside = 8

// combined words what the given branches find wrong. Without exactly one branch
// that the value is meant for, the value as a whole is not valid.
func (f *findings) combined(path []string, branches openapi3.SchemaRefs, e *openapi3.SchemaError) {
	before := len(f.causes)
	if f.inside++; f.inside <= maxInside && (e.SchemaField == "allOf" || len(branches) == 1) {
		for _, branch := range branches {
			if err := branch.Value.VisitJSON(e.Value, f.options...); err != nil {
				f.translate(path, err)
			}
		}
	}
	f.inside--
	if len(f.causes) == before {
		f.add(path, e.SchemaField, TextInvalid, rankOther)
	}
}

// ofKind returns the branches that take values of v's type.
func ofKind(branches openapi3.SchemaRefs, v any) openapi3.SchemaRefs {
	var fit openapi3.SchemaRefs
	for _, branch := range branches {
		if s := branch.Value; len(s.Enum) == 0 && permitted(s)&kindOf(v) != 0 {
			fit = append(fit, branch)
		}
	}
	return fit
}

func kindOf(v any) kinds {
	switch v.(type) {
	case bool:
		return kindBool
	case float64:
		return kindNumber
	case string:
		return kindString
	case []any:
		return kindArray
	case map[string]any:
		return kindObject
	}
	return kindNull
}

// refusesBlank reports whether a schema is about strings that must not be blank: it asks for
// one character at least. White space alone is blank then, as for the API.
func refusesBlank(s *openapi3.Schema) bool {
	return s.Type.Is(openapi3.TypeString) && s.MinLength > 0
}

// wording returns the text for a value that fails a keyword, and its rank.
func wording(e *openapi3.SchemaError) (string, int) {
	s := e.Schema
	v, isString := e.Value.(string)
	if refusesBlank(s) && (e.Value == nil || isString && strings.TrimSpace(v) == "") {
		return TextBlank, rankBlank
	}
	switch e.SchemaField {
	case "type", "nullable":
		return typeText(s), rankType
	case "readOnly", "writeOnly":
		return TextUnexpected, rankType
	case "maxLength":
		return fmt.Sprintf("This value is too long. It should have %d %s or less.", *s.MaxLength, plural(*s.MaxLength)), rankLength
	case "minLength":
		return fmt.Sprintf("This value is too short. It should have %d %s or more.", s.MinLength, plural(s.MinLength)), rankLength
	case "format":
		if s.Format == "uuid" {
			return TextUUID, rankLength
		}
	}
	return TextInvalid, rankOther
}

// typeText names the type that a schema wants.
func typeText(s *openapi3.Schema) string {
	if types := s.Type.Slice(); len(types) == 1 {
		return fmt.Sprintf("This value should be of type %s.", types[0])
	}
	return TextInvalid
}

func plural(n uint64) string {
	if n == 1 {
		return "character"
	}
	return "characters"
}
