package validate

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// Operation checks the requests and answers of one operation of the contract. It
// is safe for concurrent use.
type Operation struct {
	ID     string // the operationId, spelled as in the contract; "METHOD /path" without one
	Method string // upper case
	Path   string // the template: "/connectors/{publicId}"

	pattern    string // Method + " " + Path
	model      *openapi3.Operation
	secured    bool
	bodyLimit  int64
	parameters []*parameter
	body       *requestBody // nil: none is declared
	responses  responses
	requestWhy []string // why requests are not compiled
	answerWhy  []string
}

func (v *Validator) newOperation(request, response *compiler, method, path string, item *openapi3.PathItem) (*Operation, error) {
	model := item.GetOperation(method)
	o := &Operation{
		ID: model.OperationID, Method: method, Path: path, pattern: method + " " + path,
		model: model, secured: isSecured(v.doc, model), bodyLimit: v.settings.bodyLimit,
	}
	if o.ID == "" {
		o.ID = o.pattern
	}
	var err error
	if o.parameters, err = newParameters(request, model, item, path); err != nil {
		return nil, err
	}
	for _, p := range o.parameters {
		if p.why != nil {
			o.requestWhy = append(o.requestWhy, fmt.Sprintf("parameter %s: %v", p.name, p.why))
		}
	}
	if model.RequestBody != nil && model.RequestBody.Value != nil {
		o.body = newRequestBody(request, model.RequestBody.Value, v.settings.maxDepth)
		o.requestWhy = append(o.requestWhy, o.body.content.whys("request body")...)
	}
	if model.Responses.Len() == 0 {
		return nil, errors.New("no responses are declared")
	}
	o.responses = newResponses(response, model.Responses, v.settings.maxDepth)
	o.answerWhy = o.responses.whys()
	return o, nil
}

// isSecured reports whether every way to call an operation asks for a credential.
func isSecured(doc *openapi3.T, model *openapi3.Operation) bool {
	requirements := doc.Security
	if model.Security != nil {
		requirements = *model.Security
	}
	return len(requirements) > 0 && !slices.ContainsFunc(requirements, func(r openapi3.SecurityRequirement) bool { return len(r) == 0 })
}

// Secured reports whether the contract asks for a credential: it names a
// security requirement, and none of the alternatives is empty.
func (o *Operation) Secured() bool { return o.secured }

// Compiled reports whether requests, and answers, are checked by compiled code
// alone as long as they are valid. Where not, kin-openapi checks all of them; Fallbacks says why.
func (o *Operation) Compiled() (request, responses bool) {
	return len(o.requestWhy) == 0, len(o.answerWhy) == 0
}

// Fallbacks names the parts of the operation that are not compiled, and why.
func (o *Operation) Fallbacks() []string { return slices.Concat(o.requestWhy, o.answerWhy) }

// Model returns the operation as the contract has it: deprecation, extensions,
// descriptions. It must not be changed.
func (o *Operation) Model() *openapi3.Operation { return o.model }

// String returns the method and the path template.
func (o *Operation) String() string { return o.pattern }

// content is the declared media types of a body.
type content []mediaType

// mediaType is one of them. JSON is checked by a document, anything else by kin-openapi.
type mediaType struct {
	name string // as declared, lower case, without parameters
	doc  *document
}

func newContent(c *compiler, declared openapi3.Content, maxDepth int) content {
	var found content
	for name, media := range declared {
		m := mediaType{name: declaredType(name)}
		if isJSON(m.name) {
			m.doc = newDocument(c, media.Schema, maxDepth)
		}
		found = append(found, m)
	}
	slices.SortFunc(found, func(a, b mediaType) int { return specificity(b.name) - specificity(a.name) })
	return found
}

func (c content) whys(what string) []string {
	var whys []string
	for _, m := range c {
		switch {
		case m.doc == nil:
			whys = append(whys, fmt.Sprintf("%s %s: not JSON", what, m.name))
		case m.doc.why != nil:
			whys = append(whys, fmt.Sprintf("%s %s: %v", what, m.name, m.doc.why))
		}
	}
	return whys
}

// accept returns the value of an Accept header that names the declared types.
func (c content) accept() http.Header {
	var names []string
	for _, m := range c {
		names = append(names, m.name)
	}
	slices.Sort(names)
	header := http.Header{}
	for _, name := range names {
		header.Add("Accept", name)
	}
	return header
}
