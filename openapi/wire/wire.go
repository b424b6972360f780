// Package wire holds the Go types of the contract's JSON forms that generated code cannot express: PHP writes an empty
// map as [], so that a list and an object may stand in the same place.
package wire

import (
	"bytes"
	"encoding/json"
	"errors"
)

// FieldErrors is the `errors` member of a 400 answer: one text for each refused field, keyed by its JSON name (nested
// with a dot) or by the parameter's name. Empty, it is written as [] like the API does; both forms are read.
type FieldErrors map[string]string

// MarshalJSON writes an object, or [] when no field is to blame.
func (e FieldErrors) MarshalJSON() ([]byte, error) {
	if len(e) == 0 {
		return []byte("[]"), nil
	}
	return json.Marshal(map[string]string(e))
}

// UnmarshalJSON reads an object of strings, an empty array or null; anything else is an error.
func (e *FieldErrors) UnmarshalJSON(data []byte) error {
	if isArray(data) {
		var none []json.RawMessage
		if err := json.Unmarshal(data, &none); err != nil {
			return err
		}
		if len(none) > 0 {
			return errors.New("errors: a filled array, want an object or []")
		}
		*e = FieldErrors{}
		return nil
	}
	return json.Unmarshal(data, (*map[string]string)(e))
}

// StringList is a list of strings that the API may write as an object, of which the values count, in their order.
// It is written as an array.
type StringList []string

// MarshalJSON writes an array, [] when the list is nil.
func (l StringList) MarshalJSON() ([]byte, error) {
	if l == nil {
		return []byte("[]"), nil
	}
	return json.Marshal([]string(l))
}

// UnmarshalJSON reads an array of strings, an object of strings or null; anything else is an error.
func (l *StringList) UnmarshalJSON(data []byte) error {
	if !isObject(data) {
		return json.Unmarshal(data, (*[]string)(l))
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if _, err := dec.Token(); err != nil {
		return err
	}
	list := StringList{}
	for dec.More() {
		if _, err := dec.Token(); err != nil {
			return err
		}
		var value string
		if err := dec.Decode(&value); err != nil {
			return err
		}
		list = append(list, value)
	}
	*l = list
	return nil
}

func isArray(data []byte) bool  { return bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("[")) }
func isObject(data []byte) bool { return bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) }
