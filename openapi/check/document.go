package check

import (
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/load"
	"gopkg.in/yaml.v3"
)

// Where the files stand, from the module's root.
const (
	contractFile = "openapi/openapi.yaml"
	overlayFile  = "openapi/go.overlay.yaml"
	releasedDir  = "openapi/released"
)

// document is a contract in the two forms that checks need: the model for meaning, the nodes for lines.
type document struct {
	file string
	spec *load.SpecInfo
	root *yaml.Node // the top mapping
}

// parse reads a contract. The finding says why it cannot be read, in the name of check.
func parse(check, file string, contract []byte) (*document, *Finding) {
	var node yaml.Node
	if err := yaml.Unmarshal(contract, &node); err != nil {
		return nil, unreadable(check, file, err)
	}
	if len(node.Content) == 0 || node.Content[0].Kind != yaml.MappingNode {
		return nil, unreadable(check, file, errors.New("not a YAML mapping"))
	}
	loader := openapi3.NewLoader()
	loader.IncludeOrigin = true
	spec, err := load.NewSpecInfoFromData(loader, contract, file, load.WithFlattenParams())
	if err != nil {
		return nil, unreadable(check, file, err)
	}
	if spec.Spec.Paths == nil || spec.Spec.Info == nil {
		return nil, unreadable(check, file, errors.New("no info or no paths"))
	}
	return &document{file: file, spec: spec, root: node.Content[0]}, nil
}

func unreadable(check, file string, err error) *Finding {
	text := err.Error()
	if _, yamlError, ok := strings.Cut(text, "yaml error: "); ok { // kin-openapi tries JSON first, and says so
		text = yamlError
	}
	return &Finding{
		Check: check, File: file, Place: "the whole document", Problem: "cannot be read as OpenAPI: " + short(text),
		Remedy: "mend the YAML or the reference that the message names",
	}
}

// pair parses the released contract and the one beside it.
func pair(check string, released, contract []byte) (base, revision *document, finding *Finding) {
	if base, finding = parse(check, releasedDir, released); finding != nil {
		return nil, nil, finding
	}
	base.file = releasedFile(base.version())
	revision, finding = parse(check, contractFile, contract)
	return base, revision, finding
}

func releasedFile(version string) string { return releasedDir + "/" + version + ".yaml" }

func (d *document) version() string { return d.spec.Spec.Info.Version }

// operation is one operation of a document with where it stands.
type operation struct {
	*openapi3.Operation
	method, path string
}

// place names the operation in findings.
func (o operation) place() string { return o.method + " " + o.path }

// line is 0 where the loader does not know it.
func (o operation) line() int {
	if o.Origin == nil || o.Origin.Key == nil {
		return 0
	}
	return o.Origin.Key.Line
}

// operations yields every operation, ordered by path and method.
func (d *document) operations() iter.Seq[operation] {
	return func(yield func(operation) bool) {
		paths := d.spec.Spec.Paths.Map()
		for _, path := range slices.Sorted(maps.Keys(paths)) {
			operations := paths[path].Operations()
			for _, method := range slices.Sorted(maps.Keys(operations)) {
				if !yield(operation{operations[method], method, path}) {
					return
				}
			}
		}
	}
}

// success tells whether a status code, as the contract writes it, is one of an answer that did what was asked.
func success(status string) bool { return strings.HasPrefix(status, "2") }

// short keeps a library's message to what a terminal shows at a glance.
func short(text string) string {
	const most = 400
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}

// member returns the value of a mapping's key, or nil.
func member(mapping *yaml.Node, names ...string) *yaml.Node {
	for _, name := range names {
		if mapping == nil || mapping.Kind != yaml.MappingNode {
			return nil
		}
		var found *yaml.Node
		for i := 0; i+1 < len(mapping.Content); i += 2 {
			if mapping.Content[i].Value == name {
				found = mapping.Content[i+1]
			}
		}
		mapping = found
	}
	return mapping
}

// members yields a mapping's keys, with their lines, and values.
func members(mapping *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		if mapping == nil || mapping.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(mapping.Content); i += 2 {
			if !yield(mapping.Content[i], mapping.Content[i+1]) {
				return
			}
		}
	}
}
