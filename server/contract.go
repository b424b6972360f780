package server

import (
	"bytes"
	"encoding/json"
	"fmt"

	"gopkg.in/yaml.v3"
)

// contractJSON returns a YAML document as JSON, members in the order of the document.
func contractJSON(document []byte) ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := writeJSON(&out, &root); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func writeJSON(out *bytes.Buffer, node *yaml.Node) error {
	switch node.Kind {
	case yaml.DocumentNode:
		return writeJSON(out, node.Content[0])
	case yaml.AliasNode:
		return writeJSON(out, node.Alias)
	case yaml.SequenceNode:
		return writeList(out, '[', ']', node.Content, writeJSON)
	case yaml.MappingNode:
		members := make([]*yaml.Node, 0, len(node.Content)/2)
		for i := 0; i < len(node.Content); i += 2 {
			members = append(members, &yaml.Node{Content: node.Content[i : i+2]})
		}
		return writeList(out, '{', '}', members, writeMember)
	case yaml.ScalarNode:
		return writeScalar(out, node)
	}
	return fmt.Errorf("line %d: unknown kind of node", node.Line)
}

func writeList(out *bytes.Buffer, open, end byte, items []*yaml.Node, write func(*bytes.Buffer, *yaml.Node) error) error {
	out.WriteByte(open)
	for i, item := range items {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := write(out, item); err != nil {
			return err
		}
	}
	out.WriteByte(end)
	return nil
}

func writeMember(out *bytes.Buffer, member *yaml.Node) error {
	name, err := json.Marshal(member.Content[0].Value)
	if err != nil {
		return err
	}
	out.Write(name)
	out.WriteByte(':')
	return writeJSON(out, member.Content[1])
}

func writeScalar(out *bytes.Buffer, node *yaml.Node) error {
	var value any
	if node.Tag == "!!str" || node.Tag == "!!timestamp" {
		value = node.Value
	} else if err := node.Decode(&value); err != nil {
		return err
	}
	text, err := json.Marshal(value)
	out.Write(text)
	return err
}
