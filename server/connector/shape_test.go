package connector_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/server/connector"
	"gopkg.in/yaml.v3"
)

// contract reads the parts of the contract's schemas that the record codec must agree with.
type contract struct{ schemas *yaml.Node }

func readContract(t *testing.T) contract {
	t.Helper()
	var root yaml.Node
	if err := yaml.Unmarshal(openapi.YAML, &root); err != nil {
		t.Fatal(err)
	}
	return contract{at(at(root.Content[0], "components"), "schemas")}
}

// at returns the value of a key of a mapping, nil if there is none.
func at(n *yaml.Node, key string) *yaml.Node {
	for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func value(n *yaml.Node, key string) string {
	if v := at(n, key); v != nil {
		return v.Value
	}
	return ""
}

// alternatives returns the schemas of which one must hold, references resolved.
func (c contract) alternatives(n *yaml.Node) []*yaml.Node {
	if ref := value(n, "$ref"); ref != "" {
		return c.alternatives(at(c.schemas, ref[strings.LastIndex(ref, "/")+1:]))
	}
	oneOf := at(n, "oneOf")
	if oneOf == nil {
		return []*yaml.Node{n}
	}
	var all []*yaml.Node
	for _, one := range oneOf.Content {
		all = append(all, c.alternatives(one)...)
	}
	return all
}

// allows tells whether the schema allows values of a JSON type.
func (c contract) allows(n *yaml.Node, jsonType string) bool {
	for _, one := range c.alternatives(n) {
		kind, onlyNull := value(one, "type"), at(one, "enum") != nil
		switch {
		case jsonType == "null" && value(one, "nullable") == "true",
			!onlyNull && kind == jsonType,
			kind == "number" && jsonType == "integer":
			return true
		}
	}
	return false
}

// document writes a value of the schema in which every object has all members, reversed if asked for; edit may
// replace the value at a path.
func (c contract) document(n *yaml.Node, path string, reversed bool, edit func(path string, n *yaml.Node) string) string {
	if edited := edit(path, n); edited != "" {
		return edited
	}
	one := c.alternatives(n)[0]
	switch value(one, "type") {
	case "object":
		var members []string
		properties := at(one, "properties")
		for i := 0; properties != nil && i < len(properties.Content); i += 2 {
			name := properties.Content[i].Value
			v := c.document(properties.Content[i+1], path+"."+name, reversed, edit)
			if v != "-" {
				members = append(members, `"`+name+`":`+v)
			}
		}
		if reversed {
			slices.Reverse(members)
		}
		return "{" + strings.Join(members, ",") + "}"
	case "array":
		if items := at(one, "items"); items != nil && len(items.Content) > 0 {
			return "[" + c.document(items, path+"[0]", reversed, edit) + "]"
		}
		return "[]"
	case "integer":
		return "1"
	case "boolean":
		return "true"
	}
	switch {
	case value(one, "format") == "date-time":
		return `"2026-05-11T14:12:27+02:00"`
	case strings.Contains(value(one, "pattern"), `\.0\.0`):
		return `"1.0.0"`
	}
	return `"text"`
}

func none(string, *yaml.Node) string { return "" }

func importVersion(document string) (connector.Version, error) {
	record := `{"public-id":"` + owner + `","owner":"` + owner + `","integrator":null,"main-version-number":null,"versions":[` + document + `]}`
	got, _, err := readAll(strings.NewReader(record))
	if err != nil {
		return connector.Version{}, err
	}
	return got[0].Versions[0], nil
}

func TestShapeHasTheContractsOrder(t *testing.T) {
	c := readContract(t)
	version := at(c.schemas, "ConnectorVersion")
	want := c.document(version, "", false, none)
	got, err := importVersion(c.document(version, "", true, none))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got.JSON())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestShapeAcceptsWhatTheContractAccepts puts a value of each JSON type at each place of a version, and nothing.
func TestShapeAcceptsWhatTheContractAccepts(t *testing.T) {
	c := readContract(t)
	version := at(c.schemas, "ConnectorVersion")
	places := map[string]*yaml.Node{}
	c.document(version, "", false, func(path string, n *yaml.Node) string {
		places[path] = n
		return ""
	})
	values := map[string]string{"null": "null", "boolean": "false", "integer": "7", "number": "1.5", "array": "[]", "object": "{}", "string": `"x"`}
	tried := 0
	for path, schema := range places {
		if path == "" {
			continue
		}
		try := func(value string, want bool) {
			tried++
			document := c.document(version, "", false, func(p string, _ *yaml.Node) string {
				if p == path {
					return value
				}
				return ""
			})
			if _, err := importVersion(document); (err == nil) != want {
				t.Errorf("%s set to %s: got %v; the contract accepts it: %v", path, value, err, want)
			}
		}
		element := strings.HasSuffix(path, "]")
		if !element {
			try("-", false) // every member is required
		}
		for jsonType, v := range values {
			one := c.alternatives(schema)[0]
			constrained := jsonType == "object" && at(one, "properties") != nil || // has members of its own
				jsonType == "string" && (at(one, "format") != nil || at(one, "pattern") != nil)
			if !constrained {
				try(v, c.allows(schema, jsonType))
			}
		}
	}
	if len(places) < 150 || tried < 1000 {
		t.Errorf("only %d values at %d places were tried", tried, len(places))
	}
}

// TestContractRequiresEveryMember: the codec takes every documented member for required.
func TestContractRequiresEveryMember(t *testing.T) {
	c := readContract(t)
	seen := 0
	c.document(at(c.schemas, "ConnectorVersion"), "", false, func(path string, n *yaml.Node) string {
		one := c.alternatives(n)[0]
		properties := at(one, "properties")
		if properties == nil {
			return ""
		}
		seen++
		var names, required []string
		for i := 0; i < len(properties.Content); i += 2 {
			names = append(names, properties.Content[i].Value)
		}
		if list := at(one, "required"); list != nil {
			for _, r := range list.Content {
				required = append(required, r.Value)
			}
		}
		if diff := cmp.Diff(names, required); diff != "" {
			t.Errorf("%s: members (-) and required (+):\n%s", path, diff)
		}
		return ""
	})
	if seen < 30 {
		t.Errorf("only %d objects were looked at", seen)
	}
}
