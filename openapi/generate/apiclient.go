package main

import (
	_ "embed"
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"
)

//go:embed apiclient.tmpl
var rawClient string

// clientTemplates make gen/apiclient a raw client that links no more than it needs; see ADR 0401. The second takes the
// place of a thousand lines that package client does without; a template that is empty would not.
var clientTemplates = map[string]string{
	"client.tmpl":                rawClient,
	"client-with-responses.tmpl": "{{print}}\n",
}

// expressible refuses a contract that asks for what apiclient.tmpl cannot write, rather than leave it out.
func expressible(spec *openapi3.T) error {
	for path, item := range spec.Paths.Map() {
		for method, operation := range item.Operations() {
			for _, parameter := range append(item.Parameters, operation.Parameters...) {
				if parameter.Value.In == openapi3.ParameterInCookie || parameter.Value.Content != nil {
					return fmt.Errorf("%s %s: parameter %s: apiclient.tmpl knows parameters in path, query and header that have a schema", method, path, parameter.Value.Name)
				}
			}
			if operation.RequestBody == nil {
				continue
			}
			if content := operation.RequestBody.Value.Content; len(content) != 1 || content["application/json"] == nil {
				return fmt.Errorf("%s %s: apiclient.tmpl knows bodies of application/json only", method, path)
			}
		}
	}
	return nil
}
