package console

import (
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// contract is the OpenAPI document that the page shows, with the facts that stand outside of Swagger UI.
type contract struct {
	source         []byte
	title, summary string
	servers        []string
}

func parseContract(source []byte) (contract, error) {
	var document struct {
		OpenAPI string
		Info    struct{ Title, Description string }
		Servers []struct{ URL string }
	}
	if err := yaml.Unmarshal(source, &document); err != nil {
		return contract{}, fmt.Errorf("console: contract: %w", err)
	}
	if document.OpenAPI == "" || document.Info.Title == "" {
		return contract{}, errors.New("console: contract: no OpenAPI document with a title")
	}
	c := contract{source: source, title: document.Info.Title}
	c.summary, _, _ = strings.Cut(document.Info.Description, "\n\n")
	for _, server := range document.Servers {
		c.servers = append(c.servers, server.URL)
	}
	return c, nil
}

// render gives the contract as this server answers it: its own address first, its issuer's endpoints, and for each
// operation the examples that fit it and the TypeScript types. All else, the order included, stays as it is.
func (c contract) render(config Config, types map[string]typeScript, issuer endpoints) ([]byte, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(c.source, &document); err != nil {
		return nil, err
	}
	root := document.Content[0]
	own := map[string]string{"url": config.BaseURL, "description": "This server"}
	if err := prepend(root, "servers", own); err != nil {
		return nil, err
	}
	for _, scheme := range pairs(value(value(root, "components"), "securitySchemes")) {
		if err := signIn(scheme, config.SignIn, issuer); err != nil {
			return nil, err
		}
	}
	for id, operation := range operations(root) {
		if shown, ok := types[id]; ok {
			if err := set(operation, "x-typescript", shown); err != nil {
				return nil, err
			}
		}
		fillIn(root, id, operation)
		if err := announce(operation); err != nil {
			return nil, err
		}
	}
	return yaml.Marshal(&document)
}

// signIn puts the endpoints into a scheme of authorization code; without them it becomes a bearer token, to paste.
func signIn(scheme *yaml.Node, config SignIn, issuer endpoints) error {
	flow := value(value(scheme, "flows"), "authorizationCode")
	if flow == nil {
		return nil
	}
	if issuer == (endpoints{}) {
		return scheme.Encode(map[string]string{"type": "http", "scheme": "bearer",
			"description": "This page cannot sign in at the issuer: paste an access token."})
	}
	scopes := map[string]string{}
	for _, scope := range config.Scopes {
		scopes[scope] = ""
	}
	return errors.Join(set(flow, "authorizationUrl", issuer.authorization), set(flow, "tokenUrl", issuer.token), set(flow, "refreshUrl", issuer.token),
		set(flow, "scopes", scopes), set(scheme, "description", "A window opens in which you sign in; this page keeps the token until it is closed."))
}
