// Package validate checks HTTP requests and answers against an OpenAPI 3.0
// contract. Each schema is compiled at start into a check that runs once over the
// raw bytes and builds no values; what it does not accept goes to kin-openapi, which
// loads the contract, decides and names what is wrong. JSON is read strictly: see Middleware.
//
// It works with net/http alone, behind the caller's own routing (Operation) or with its
// own (Middleware). A refusal is a value, Refusal, and the only writer of the error body.
package validate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Validator holds the checks of one contract. It is safe for concurrent use.
type Validator struct {
	doc        *openapi3.T
	settings   settings
	operations []*Operation
	byID       map[string]*Operation
	root       *route
}

// New loads a contract, OpenAPI 3.0 as YAML or JSON, and compiles its checks. It
// reads no other file and no network. An invalid contract, a version of OpenAPI
// other than 3.0, an operation that cannot be checked and a string format that
// nobody knows are errors. Examples in the contract are not looked at.
func New(spec []byte, opts ...Option) (*Validator, error) {
	s := settings{formats: builtinFormats(), bodyLimit: DefaultBodyLimit, maxDepth: DefaultMaxDepth}
	for _, opt := range opts {
		if err := opt(&s); err != nil {
			return nil, err
		}
	}
	doc, err := load(spec)
	if err != nil {
		return nil, err
	}
	if err := checkFormats(doc, s.formats, s.unknown); err != nil {
		return nil, err
	}
	v := &Validator{doc: doc, settings: s, byID: map[string]*Operation{}, root: &route{}}
	if err := v.compile(); err != nil {
		return nil, err
	}
	return v, nil
}

func load(spec []byte) (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(spec)
	if err != nil {
		return nil, fmt.Errorf("validate: contract: %w", err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.0") {
		return nil, fmt.Errorf("validate: contract: OpenAPI %q: want 3.0", doc.OpenAPI)
	}
	if err := checkHollow(doc); err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background(), openapi3.DisableExamplesValidation()); err != nil {
		return nil, fmt.Errorf("validate: contract: %w", err)
	}
	return doc, nil
}

// compile builds operations and routes in the contract's order.
func (v *Validator) compile() error {
	request := newCompiler(inRequest, v.settings.formats)
	response := newCompiler(inResponse, v.settings.formats)
	for _, path := range slices.Sorted(maps.Keys(v.doc.Paths.Map())) {
		item := v.doc.Paths.Value(path)
		for _, method := range methodsInOrder(item) {
			o, err := v.newOperation(request, response, method, path, item)
			if err != nil {
				return fmt.Errorf("validate: %s %s: %w", method, path, err)
			}
			if v.byID[o.ID] != nil {
				return fmt.Errorf("validate: %s %s: operationId %q is taken", method, path, o.ID)
			}
			v.operations, v.byID[o.ID] = append(v.operations, o), o
			if err := v.mount(o, item); err != nil {
				return fmt.Errorf("validate: %s %s: %w", method, path, err)
			}
		}
	}
	if len(v.operations) == 0 {
		return errors.New("validate: contract: no operations")
	}
	return nil
}

// Operations returns all operations: paths sorted, each path's methods in the
// order GET, PUT, POST, DELETE, OPTIONS, HEAD, PATCH, TRACE.
func (v *Validator) Operations() []*Operation { return slices.Clone(v.operations) }

// Operation returns the operation with the given operationId, spelled as in
// the contract. An operation without one is found as "METHOD /path".
func (v *Validator) Operation(id string) (*Operation, bool) {
	o, ok := v.byID[id]
	return o, ok
}

// Covers returns an error unless ids are exactly the contract's operations. A
// server that mounts checks by name calls it at start: a wrong name would check nothing.
func (v *Validator) Covers(ids ...string) error {
	for _, id := range ids {
		if v.byID[id] == nil {
			return fmt.Errorf("validate: the contract has no operation %q", id)
		}
	}
	for _, o := range v.operations {
		if !slices.Contains(ids, o.ID) {
			return fmt.Errorf("validate: operation %q of the contract is not mounted", o.ID)
		}
	}
	return nil
}

// Document returns the contract's model. It must not be changed.
func (v *Validator) Document() *openapi3.T { return v.doc }

// methods is the order of a path item's fields in the specification (4.7.9.1).
var methods = []string{"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"}

func methodsInOrder(item *openapi3.PathItem) []string {
	var found []string
	for _, m := range methods {
		if item.GetOperation(m) != nil {
			found = append(found, m)
		}
	}
	return found
}
