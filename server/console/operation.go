package console

import (
	"fmt"
	"iter"
	"net/http"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// fillIn gives each parameter that has an example named after the operation that one as its only example, so that the
// page starts with it.
func fillIn(root *yaml.Node, id string, operation *yaml.Node) {
	parameters := value(operation, "parameters")
	if parameters == nil {
		return
	}
	for i, parameter := range parameters.Content {
		if reference := value(parameter, "$ref"); reference != nil {
			parameter = value(value(value(root, "components"), "parameters"), path.Base(reference.Value))
		}
		example := value(value(value(parameter, "examples"), id), "value")
		if example == nil {
			continue
		}
		own := &yaml.Node{Kind: yaml.MappingNode}
		for name, member := range pairs(parameter) {
			if name == "examples" {
				name, member = "example", example
			}
			own.Content = append(own.Content, text(name), member)
		}
		parameters.Content[i] = own
	}
}

// announce says of an operation that is going to end when it will, in front of what it does.
func announce(operation *yaml.Node) error {
	since, sunset := value(operation, "x-deprecated-at"), value(operation, "x-sunset")
	if since == nil || sunset == nil {
		return nil
	}
	about := ""
	if description := value(operation, "description"); description != nil {
		about = description.Value
	}
	return set(operation, "description", fmt.Sprintf("**Deprecated since %s, may be gone after %s.**\n\n%s", since.Value, sunset.Value, about))
}

// operations are the contract's operations by their id, in its order; those without an id are left out.
func operations(root *yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		for _, item := range pairs(value(root, "paths")) {
			for method, operation := range pairs(item) {
				if id := value(operation, "operationId"); id != nil && isMethod(method) && !yield(id.Value, operation) {
					return
				}
			}
		}
	}
}

func isMethod(name string) bool {
	return slices.Contains([]string{http.MethodGet, http.MethodPut, http.MethodPost, http.MethodDelete, http.MethodOptions,
		http.MethodHead, http.MethodPatch, http.MethodTrace}, strings.ToUpper(name))
}
