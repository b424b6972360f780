package validate

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Decode decodes a JSON document that was checked into the value that target points to, as json.Unmarshal does. It
// relies on the check: names are compared exactly, and nothing is looked at twice. A struct of strings and pointers to
// strings, which most request bodies are, is decoded here; everything else by encoding/json.
func Decode(data []byte, target any) error {
	into := reflect.ValueOf(target)
	if into.Kind() != reflect.Pointer || into.IsNil() || into.Elem().Kind() != reflect.Struct {
		return json.Unmarshal(data, target)
	}
	members := membersOf(into.Elem().Type())
	if members == nil || !decodeMembers(data, into.Elem(), members) {
		return json.Unmarshal(data, target)
	}
	return nil
}

// plan is the member that each field of a struct stands for, in the order of the fields; "" stands for none. It
// is nil where a field is of another kind.
type plan []string

// plans keeps the plan of each type that was decoded into.
var plans sync.Map // reflect.Type → plan

func membersOf(t reflect.Type) plan {
	if known, ok := plans.Load(t); ok {
		return known.(plan)
	}
	made := planOf(t)
	plans.Store(t, made)
	return made
}

func planOf(t reflect.Type) plan {
	if t.Implements(unmarshaler) || reflect.PointerTo(t).Implements(unmarshaler) {
		return nil
	}
	members := make(plan, t.NumField())
	for i := range t.NumField() {
		field := t.Field(i)
		name, option, _ := strings.Cut(field.Tag.Get("json"), ",")
		plain := field.Type == stringType || field.Type == reflect.PointerTo(stringType)
		if !field.IsExported() || field.Anonymous || !plain || name == "" || strings.Contains(option, "string") {
			return nil
		}
		if name != "-" {
			members[i] = name
		}
	}
	return members
}

var (
	stringType  = reflect.TypeFor[string]()
	unmarshaler = reflect.TypeFor[json.Unmarshaler]()
)

// decodeMembers sets the fields of a struct. It returns false, having set some, where the document is not a
// plain object of strings and nulls.
func decodeMembers(data []byte, into reflect.Value, members plan) bool {
	s := scanner{data: data, maxDepth: 1}
	copied := string(data) // one copy for all values
	i := s.space(0)
	if i >= len(data) || data[i] != '{' {
		return false
	}
	for i, done := s.space(i+1), false; !done; {
		end, name := s.scanString(i)
		if end < 0 || name.escaped || data[i] != '"' {
			return false
		}
		if i = s.space(end); i >= len(data) || data[i] != ':' {
			return false
		}
		if i = s.space(i + 1); i >= len(data) {
			return false
		}
		field := slices.Index(members, view(name.raw))
		if field < 0 || len(name.raw) == 0 {
			return false
		}
		if i = decodeMember(&s, into.Field(field), copied, i); i < 0 {
			return false
		}
		if i, done = s.next(i, '}'); i < 0 {
			return false
		}
	}
	return true
}

// decodeMember sets one field to the string or null at i and returns the index behind it.
func decodeMember(s *scanner, field reflect.Value, copied string, i int) int {
	if s.data[i] == 'n' {
		if field.Kind() == reflect.Pointer {
			field.SetZero()
		}
		return s.literal(i, "null")
	}
	if s.data[i] != '"' {
		return -1
	}
	end, t := s.scanString(i)
	if end < 0 {
		return -1
	}
	value := copied[i+1 : end-1]
	if t.escaped {
		value = string(t.decoded())
	}
	if field.Kind() == reflect.Pointer {
		kept := value
		field.Set(reflect.ValueOf(&kept))
	} else {
		field.SetString(value)
	}
	return end
}
