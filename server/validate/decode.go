package validate

import (
	"encoding/json"
	"reflect"
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

// plans keeps what is known of a struct type: the index of its field for each member, nil where a field
// is of another kind.
var plans sync.Map // reflect.Type → map[string]int

func membersOf(t reflect.Type) map[string]int {
	if plan, known := plans.Load(t); known {
		return plan.(map[string]int)
	}
	plan := planOf(t)
	plans.Store(t, plan)
	return plan
}

func planOf(t reflect.Type) map[string]int {
	if t.Implements(unmarshaler) || reflect.PointerTo(t).Implements(unmarshaler) {
		return nil
	}
	plan := map[string]int{}
	for i := range t.NumField() {
		field := t.Field(i)
		name, option, _ := strings.Cut(field.Tag.Get("json"), ",")
		plain := field.Type == stringType || field.Type == reflect.PointerTo(stringType)
		if !field.IsExported() || field.Anonymous || !plain || name == "" || strings.Contains(option, "string") {
			return nil
		}
		if name != "-" {
			plan[name] = i
		}
	}
	return plan
}

var (
	stringType  = reflect.TypeFor[string]()
	unmarshaler = reflect.TypeFor[json.Unmarshaler]()
)

// decodeMembers sets the fields of a struct. It returns false, having set some, where the document is not a
// plain object of strings and nulls.
func decodeMembers(data []byte, into reflect.Value, members map[string]int) bool {
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
		field, known := members[view(name.raw)]
		if !known {
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
