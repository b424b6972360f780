package console

import (
	"iter"

	"gopkg.in/yaml.v3"
)

// pairs are the members of a mapping in order; none where node is something else.
func pairs(node *yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		if node == nil || node.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(node.Content); i += 2 {
			if !yield(node.Content[i].Value, node.Content[i+1]) {
				return
			}
		}
	}
}

// value is the member called name, or nil.
func value(node *yaml.Node, name string) *yaml.Node {
	for key, member := range pairs(node) {
		if key == name {
			return member
		}
	}
	return nil
}

// set gives a mapping the member called name, in its place where it has one.
func set(node *yaml.Node, name string, content any) error {
	if member := value(node, name); member != nil {
		return member.Encode(content)
	}
	member := new(yaml.Node)
	node.Content = append(node.Content, text(name), member)
	return member.Encode(content)
}

func text(content string) *yaml.Node {
	node := new(yaml.Node)
	node.SetString(content)
	return node
}

// prepend puts content first in the list called name.
func prepend(node *yaml.Node, name string, content any) error {
	first := new(yaml.Node)
	if err := first.Encode(content); err != nil {
		return err
	}
	if list := value(node, name); list != nil && list.Kind == yaml.SequenceNode {
		list.Content = append([]*yaml.Node{first}, list.Content...)
		return nil
	}
	return set(node, name, []*yaml.Node{first})
}
