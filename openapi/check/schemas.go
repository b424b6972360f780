package check

import (
	"iter"
	"strconv"

	"gopkg.in/yaml.v3"
)

// schema is one schema as it is written, with the slash-separated way to it from the top of the contract.
type schema struct {
	*yaml.Node
	place string
}

// schemas yields every schema of the document, in the order of the text: components, parameters, headers, bodies, and
// the schemas within them. References are not followed: what they point at is yielded where it stands.
func (d *document) schemas() iter.Seq[schema] {
	return func(yield func(schema) bool) { walk(d.root, "", yield) }
}

// walk looks for schemas below a node that is none.
func walk(node *yaml.Node, place string, yield func(schema) bool) bool {
	if node.Kind == yaml.SequenceNode {
		for i, item := range node.Content {
			if !walk(item, join(place, strconv.Itoa(i)), yield) {
				return false
			}
		}
		return true
	}
	for key, value := range members(node) {
		at := join(place, key.Value)
		switch {
		case key.Value == "example" || key.Value == "examples":
			continue
		case key.Value == "schema":
			if !within(schema{value, at}, yield) {
				return false
			}
		case at == "components/schemas":
			for name, named := range members(value) {
				if !within(schema{named, join(at, name.Value)}, yield) {
					return false
				}
			}
		default:
			if !walk(value, at, yield) {
				return false
			}
		}
	}
	return true
}

// within yields a schema and all that it is made of.
func within(s schema, yield func(schema) bool) bool {
	if !yield(s) {
		return false
	}
	for key, value := range members(s.Node) {
		at := join(s.place, key.Value)
		switch key.Value {
		case "properties":
			for name, property := range members(value) {
				if !within(schema{property, join(at, name.Value)}, yield) {
					return false
				}
			}
		case "items", "additionalProperties", "not":
			if value.Kind == yaml.MappingNode && !within(schema{value, at}, yield) {
				return false
			}
		case "oneOf", "anyOf", "allOf":
			for i, alternative := range value.Content {
				if !within(schema{alternative, join(at, strconv.Itoa(i))}, yield) {
					return false
				}
			}
		}
	}
	return true
}

func join(place, name string) string {
	if place == "" {
		return name
	}
	return place + "/" + name
}
