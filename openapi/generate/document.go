package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/speakeasy-api/openapi/overlay/loader"
	"gopkg.in/yaml.v3"
)

// document returns the contract in root as the Go generator is to see it: with the overlay applied, the order of
// members as x-order, and nullable references in the form that it makes pointers of.
func document(root string) ([]byte, error) {
	contract, err := os.ReadFile(filepath.Join(root, "openapi", "openapi.yaml"))
	if err != nil {
		return nil, err
	}
	var node yaml.Node
	if err := yaml.Unmarshal(contract, &node); err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	if err := applyOverlay(filepath.Join(root, "openapi", "go.overlay.yaml"), &node); err != nil {
		return nil, err
	}
	annotate(&node)
	return yaml.Marshal(&node)
}

// applyOverlay refuses an overlay with an action that changes nothing.
func applyOverlay(path string, node *yaml.Node) error {
	overlay, err := loader.LoadOverlay(path)
	if err != nil {
		return fmt.Errorf("read the overlay: %w", err)
	}
	if err := overlay.Validate(); err != nil {
		return fmt.Errorf("the overlay is not valid: %w", err)
	}
	if warnings, err := overlay.ApplyToStrict(node); err != nil {
		return fmt.Errorf("apply the overlay: %w\n%s", err, strings.Join(warnings, "\n"))
	}
	return nil
}

// annotate rewrites every schema below node to what the generator can express: the order in which the contract lists
// properties becomes x-order, and oneOf of a reference and null becomes that reference, nullable: a pointer in Go.
func annotate(node *yaml.Node) {
	if properties := value(node, "properties"); properties != nil {
		for i := 1; i < len(properties.Content); i += 2 {
			set(properties.Content[i], "x-order", strconv.Itoa(i/2), "!!int")
		}
	}
	if oneOf := value(node, "oneOf"); nullableReference(oneOf) {
		key(node, "oneOf").Value = "allOf"
		oneOf.Content = oneOf.Content[:1]
		set(node, "nullable", "true", "!!bool")
	}
	for _, child := range node.Content {
		annotate(child)
	}
}

// nullableReference reports whether alternatives are a reference and null, the contract's form of a nullable reference.
func nullableReference(alternatives *yaml.Node) bool {
	if alternatives == nil || len(alternatives.Content) != 2 {
		return false
	}
	reference, null := value(alternatives.Content[0], "$ref"), value(alternatives.Content[1], "enum")
	return reference != nil && null != nil && len(null.Content) == 1 && null.Content[0].Tag == "!!null"
}

// key returns the node of a mapping's key, or nil.
func key(mapping *yaml.Node, name string) *yaml.Node {
	if mapping.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return mapping.Content[i]
		}
	}
	return nil
}

// value returns the node of a mapping's value, or nil.
func value(mapping *yaml.Node, name string) *yaml.Node {
	if mapping.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// set adds a member to a mapping that does not have it.
func set(mapping *yaml.Node, name, text, tag string) {
	if mapping.Kind != yaml.MappingNode || key(mapping, name) != nil {
		return
	}
	mapping.Content = append(mapping.Content,
		&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name},
		&yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text})
}
