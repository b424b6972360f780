package validate

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// parameter checks one declared parameter. One value of a simple type is compiled; lists,
// objects and parameters with a media type are decoded and checked by kin-openapi.
type parameter struct {
	name  string
	in    string
	model *openapi3.Parameter
	why   error     // why it is not compiled
	kind  kinds     // of its value: one of string, number, boolean
	doc   *document // nil: not one plain value
}

var errStyle = errors.New("more than one plain value")

func newParameters(c *compiler, model *openapi3.Operation, item *openapi3.PathItem, path string) ([]*parameter, error) {
	declared := append(openapi3.Parameters{}, model.Parameters...)
	for _, ref := range item.Parameters {
		if declared.GetByInAndName(ref.Value.In, ref.Value.Name) == nil {
			declared = append(declared, ref)
		}
	}
	var params []*parameter
	for _, ref := range declared {
		if ignored(ref.Value) {
			continue
		}
		p := newParameter(c, ref.Value)
		if p.in == openapi3.ParameterInPath && !strings.Contains(path, "{"+p.name+"}") {
			return nil, fmt.Errorf("path parameter %q is not in the path", p.name)
		}
		params = append(params, p)
	}
	for _, name := range templateNames(path) {
		if declared.GetByInAndName(openapi3.ParameterInPath, name) == nil {
			return nil, fmt.Errorf("path parameter %q is not declared", name)
		}
	}
	return params, nil
}

func newParameter(c *compiler, model *openapi3.Parameter) *parameter {
	p := &parameter{name: model.Name, in: model.In, model: model, why: errStyle}
	style, err := model.SerializationMethod()
	plain := err == nil && (style.Style == openapi3.SerializationSimple || style.Style == openapi3.SerializationForm)
	if model.Schema == nil || !plain || model.AllowEmptyValue {
		return p
	}
	switch p.kind = permitted(model.Schema.Value); p.kind {
	case kindString, kindNumber, kindBool:
		p.doc = newDocument(c, model.Schema, 1)
		p.why = p.doc.why
	}
	return p
}

// ignored are the header parameters that OpenAPI 3.0.3 (4.7.12.1) says to ignore.
func ignored(p *openapi3.Parameter) bool {
	switch http.CanonicalHeaderKey(p.Name) {
	case "Accept", "Content-Type", "Authorization":
		return p.In == openapi3.ParameterInHeader
	}
	return false
}

// accepts reports whether the compiled check accepts the parameter's text.
func (p *parameter) accepts(v string) bool {
	n := p.doc.node
	switch {
	case n == nil || v == "" && p.kind != kindString:
		return false
	case p.kind == kindString && n.combined == nil:
		return n.kinds == kindString && (n.str == nil || n.str.acceptsBytes(bytesOf(v), false))
	case p.kind == kindString:
		return false
	}
	s := scanner{data: bytesOf(v), maxDepth: 1}
	return kindAt(v[0]) == p.kind && s.value(n, 0) == len(v)
}

// check notes in f what is wrong with the parameter in r. get returns path parameters.
func (p *parameter) check(f *findings, r *http.Request, get func(string) string, query url.Values) {
	if p.doc == nil {
		p.checkStyled(f, r, get, query)
		return
	}
	v, n := p.value(r, get, query)
	switch {
	case n == 0 && p.model.Required:
		f.add([]string{p.name}, "required", TextMissing, rankType)
	case n == 0 || n == 1 && p.accepts(v):
	case n > 1:
		f.add([]string{p.name}, "more than one value", TextInvalid, rankOther)
	default:
		p.explain(f, v)
	}
}

// value returns the parameter's text and how often it is there.
func (p *parameter) value(r *http.Request, get func(string) string, query url.Values) (string, int) {
	var values []string
	switch p.in {
	case openapi3.ParameterInPath:
		return get(p.name), 1
	case openapi3.ParameterInQuery:
		values = query[p.name]
	case openapi3.ParameterInHeader:
		values = r.Header.Values(p.name)
	case openapi3.ParameterInCookie:
		for _, c := range r.CookiesNamed(p.name) {
			values = append(values, c.Value)
		}
	}
	if len(values) == 0 {
		return "", 0
	}
	return values[0], len(values)
}

// explain words what is wrong with a value that is not accepted.
func (p *parameter) explain(f *findings, v string) {
	var value any = v
	if p.kind != kindString {
		raw := []byte(v)
		s := scanner{data: raw, maxDepth: 1}
		if v == "" || kindAt(v[0]) != p.kind || s.value(anything, 0) != len(v) || json.Unmarshal(raw, &value) != nil {
			f.add([]string{p.name}, "type", typeText(p.model.Schema.Value), rankType)
			return
		}
	}
	p.doc.visit(f, []string{p.name}, value)
}

// checkStyled lets kin-openapi decode and check the parameter.
func (p *parameter) checkStyled(f *findings, r *http.Request, get func(string) string, query url.Values) {
	input := &openapi3filter.RequestValidationInput{
		Request: r, QueryParams: query, PathParams: map[string]string{p.name: ""},
		Options: &openapi3filter.Options{SkipSettingDefaults: true, MultiError: true},
	}
	if p.in == openapi3.ParameterInPath {
		input.PathParams[p.name] = get(p.name)
	}
	err := openapi3filter.ValidateParameter(r.Context(), input, p.model)
	switch {
	case errors.Is(err, openapi3filter.ErrInvalidRequired):
		f.add([]string{p.name}, "required", TextMissing, rankType)
	case err != nil:
		f.add([]string{p.name}, "parameter", TextInvalid, rankOther)
	}
}
