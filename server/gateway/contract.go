package gateway

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/productsupcom/cde/server/validate"
)

// contract is what requests are held against: a validator, and what the gateway derives from the same document.
type contract struct {
	validator *validate.Validator
	bearer    map[*validate.Operation]bool // operations that ask for a bearer token
	declared  map[string]bool              // request headers that the document speaks of, in canonical form
}

func newContract(spec []byte, config *Config) (*contract, error) {
	var unchecked []string
	validator, err := validate.New(spec,
		validate.WithFormats(config.Formats),
		validate.WithUnknownFormats(func(name string) { unchecked = append(unchecked, name) }),
		validate.WithBodyLimit(config.BodyLimit))
	if err != nil {
		return nil, err
	}
	c := &contract{validator: validator, bearer: map[*validate.Operation]bool{}, declared: map[string]bool{}}
	for _, operation := range validator.Operations() {
		c.declare(operation)
		if c.bearer[operation], err = c.asksForBearer(operation, config.Authenticator != nil); err != nil {
			return nil, err
		}
	}
	for _, name := range unchecked {
		config.Logger.Warn("string format is not checked", slog.String("format", name))
	}
	for _, operation := range validator.Operations() {
		if whys := operation.Fallbacks(); len(whys) > 0 {
			config.Logger.Info("operation is checked slowly", slog.String("operation", operation.ID), slog.Any("why", whys))
		}
	}
	return c, nil
}

// declare notes the headers that an operation takes from its callers.
func (c *contract) declare(operation *validate.Operation) {
	document := c.validator.Document()
	parameters := append(openapi3.Parameters{}, operation.Model().Parameters...)
	parameters = append(parameters, document.Paths.Value(operation.Path).Parameters...)
	for _, parameter := range parameters {
		if parameter.Value.In == openapi3.ParameterInHeader {
			c.declared[http.CanonicalHeaderKey(parameter.Value.Name)] = true
		}
	}
	if document.Components == nil {
		return
	}
	for _, scheme := range document.Components.SecuritySchemes {
		if scheme.Value.Type == "apiKey" && scheme.Value.In == openapi3.ParameterInHeader {
			c.declared[http.CanonicalHeaderKey(scheme.Value.Name)] = true
		}
	}
}

// asksForBearer reports whether a caller of the operation has to show a bearer token. Where tokens are verified that is so
// as soon as one of the ways to call it is by a bearer, and a way without is an error: nobody would look at it. Where they are
// passed on, the upstream looks, so that a request is refused only if it could not be let in any way.
func (c *contract) asksForBearer(operation *validate.Operation, verify bool) (bool, error) {
	if !operation.Secured() {
		return false, nil
	}
	document := c.validator.Document()
	requirements := document.Security
	if own := operation.Model().Security; own != nil {
		requirements = *own
	}
	ways := 0
	for _, requirement := range requirements {
		for name := range requirement {
			if scheme := document.Components.SecuritySchemes[name]; scheme != nil && isBearer(scheme.Value) {
				ways++
				break
			}
		}
	}
	if verify && ways == 0 {
		return false, fmt.Errorf("gateway: %s asks for a credential that is no bearer token: it cannot be verified here", operation.ID)
	}
	return ways == len(requirements) || verify, nil
}

func isBearer(scheme *openapi3.SecurityScheme) bool {
	return scheme.Type == "oauth2" || scheme.Type == "openIdConnect" || scheme.Type == "http" && strings.EqualFold(scheme.Scheme, "bearer")
}
