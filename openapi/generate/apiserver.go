package main

import (
	_ "embed"

	"github.com/getkin/kin-openapi/openapi3"
	_ "github.com/oapi-codegen/runtime" // what is generated for contracts that are not plain imports it: go.mod is ready for them
)

var (
	//go:embed routes.tmpl
	plainRoutes string
	//go:embed strict.tmpl
	plainStrict string
)

// serverTemplates make gen/apiserver for plain contracts: parameters are read and handlers called without reflection,
// boxing and closures; see ADR 0002.
var serverTemplates = map[string]string{
	"echo/echo-wrappers.tmpl": plainRoutes,
	"strict/strict-echo.tmpl": plainStrict,
}

// plain reports whether serverTemplates can write every operation: strings in the path as parameters, and one required
// JSON body or none. The generator's own templates write all other contracts.
func plain(spec *openapi3.T) bool {
	for _, item := range spec.Paths.Map() {
		for _, operation := range item.Operations() {
			for _, parameter := range append(item.Parameters, operation.Parameters...) {
				schema := parameter.Value.Schema
				if parameter.Value.In != openapi3.ParameterInPath || schema == nil || !schema.Value.Type.Is(openapi3.TypeString) ||
					schema.Value.Format != "" && schema.Value.Format != "uuid" {
					return false
				}
			}
			if body := operation.RequestBody; body != nil {
				if !body.Value.Required || len(body.Value.Content) != 1 || body.Value.Content["application/json"] == nil {
					return false
				}
			}
		}
	}
	return true
}
