package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/itchyny/gojq"
	"gopkg.in/yaml.v3"
)

// print writes data as -o and --jq ask for. A table has the rows instead.
func (a *app) print(data json.RawMessage, rows [][2]string) error {
	switch {
	case a.flags.jq != "":
		return a.printQuery(data)
	case a.flags.output.value == "table":
		return writeTable(a.stdout, rows)
	}
	return a.printDocument(data)
}

// printAny is print for values of this program.
func (a *app) printAny(value any, rows [][2]string) error {
	var data bytes.Buffer
	encoder := json.NewEncoder(&data)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	return a.print(bytes.TrimSpace(data.Bytes()), rows)
}

// printDocument writes JSON or YAML with the members in the order in which they came.
func (a *app) printDocument(data json.RawMessage) error {
	if a.flags.output.value == "yaml" {
		return writeYAML(a.stdout, data)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, data, "", "  "); err != nil {
		return err
	}
	_, err := fmt.Fprintln(a.stdout, b.String())
	return err
}

// writeTable lines names and values up.
func writeTable(w io.Writer, rows [][2]string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintf(table, "%s\t%s\n", row[0], printable(row[1]))
	}
	return table.Flush()
}

// query is a compiled --jq expression, nil without one.
func (a *app) query() (*gojq.Code, error) {
	if a.flags.jq == "" {
		return nil, nil
	}
	parsed, err := gojq.Parse(a.flags.jq)
	if err != nil {
		return nil, fmt.Errorf("--jq: %w", err)
	}
	code, err := gojq.Compile(parsed)
	if err != nil {
		return nil, fmt.Errorf("--jq: %w", err)
	}
	return code, nil
}

// printQuery writes every result of --jq: a text as it is, anything else as JSON, all of it as YAML with -o yaml.
func (a *app) printQuery(data json.RawMessage) error {
	code, err := a.query()
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var input any
	if err := decoder.Decode(&input); err != nil {
		return err
	}
	results := code.Run(input)
	for {
		result, more := results.Next()
		if !more {
			return nil
		}
		if err := a.printResult(result); err != nil {
			return err
		}
	}
}

func (a *app) printResult(result any) error {
	switch result := result.(type) {
	case error:
		return fmt.Errorf("--jq: %w", result)
	case string:
		_, err := fmt.Fprintln(a.stdout, result)
		return err
	}
	data, err := gojq.Marshal(result)
	if err != nil {
		return err
	}
	return a.printDocument(data)
}

// writeYAML writes JSON as YAML.
func writeYAML(w io.Writer, data json.RawMessage) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	node, err := yamlNode(decoder)
	if err != nil {
		return err
	}
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	return errors.Join(encoder.Encode(node), encoder.Close())
}

// yamlNode reads the next JSON value; objects keep their order.
func yamlNode(decoder *json.Decoder) (*yaml.Node, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		kind := yaml.SequenceNode
		if token == '{' {
			kind = yaml.MappingNode
		}
		node := &yaml.Node{Kind: kind}
		for decoder.More() {
			item, err := yamlNode(decoder) // in an object: a key, then its value
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, item)
		}
		if len(node.Content) == 0 {
			node.Style = yaml.FlowStyle
		}
		_, err := decoder.Token()
		return node, err
	case json.Number:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: token.String()}, nil
	}
	node := new(yaml.Node)
	return node, node.Encode(token)
}

// answerData is what an answer has to say, members that the SDK does not know included.
func answerData(body []byte) (json.RawMessage, error) {
	var answer struct {
		Data json.RawMessage `json:"data"`
	}
	err := json.Unmarshal(body, &answer)
	return answer.Data, err
}
