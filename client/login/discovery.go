package login

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Resource is what an API says of itself (RFC 9728 section 2).
type Resource struct {
	Identifier string   `json:"resource"`
	Issuers    []string `json:"authorization_servers"`
	Scopes     []string `json:"scopes_supported"`
}

// Issuer is what an issuer says of itself (RFC 8414 section 2, OpenID Connect Discovery section 3).
type Issuer struct {
	Name           string   `json:"issuer"`
	Authorization  string   `json:"authorization_endpoint"`
	Token          string   `json:"token_endpoint"`
	Device         string   `json:"device_authorization_endpoint"`
	Revocation     string   `json:"revocation_endpoint"`
	Scopes         []string `json:"scopes_supported"`
	Challenges     []string `json:"code_challenge_methods_supported"`
	AnswersWithIss bool     `json:"authorization_response_iss_parameter_supported"`
}

// FindIssuer asks the API at baseURL for its metadata: which issuer to sign in with and which scopes to ask for.
// Metadata of another API is refused, as RFC 9728 section 3.3 demands: else whoever is at baseURL could have tokens
// made for that one and sent to themselves.
func FindIssuer(ctx context.Context, client *http.Client, baseURL string) (Resource, error) {
	if err := checkURL("base URL", baseURL); err != nil {
		return Resource{}, err
	}
	baseURL = strings.TrimRight(baseURL, "/")
	var resource Resource
	address, err := wellKnown(baseURL, "oauth-protected-resource")
	if err != nil {
		return Resource{}, err
	}
	if err := getJSON(ctx, client, address, &resource); err != nil {
		return Resource{}, err
	}
	if strings.TrimRight(resource.Identifier, "/") != baseURL {
		return Resource{}, &failure{text: fmt.Sprintf("%s describes another API, %q", address, clean(resource.Identifier))}
	}
	if len(resource.Issuers) == 0 {
		return Resource{}, &failure{text: address + " names no issuer"}
	}
	return resource, nil
}

// Discover asks an issuer for its metadata at the well-known addresses of OpenID Connect and of RFC 8414. The issuer must
// call itself by exactly the same name, and all of its addresses must be https or on loopback.
func Discover(ctx context.Context, client *http.Client, name string) (Issuer, error) {
	if err := checkURL("issuer", name); err != nil {
		return Issuer{}, err
	}
	rfc8414, err := wellKnown(strings.TrimRight(name, "/"), "oauth-authorization-server")
	if err != nil {
		return Issuer{}, err
	}
	var first error
	for _, address := range []string{strings.TrimRight(name, "/") + "/.well-known/openid-configuration", rfc8414} {
		var issuer Issuer
		err := getJSON(ctx, client, address, &issuer)
		if err == nil {
			return issuer, issuer.check(name)
		}
		if first == nil {
			first = err
		}
	}
	return Issuer{}, first
}

func (i Issuer) check(name string) error {
	if i.Name != name {
		return &failure{text: fmt.Sprintf("issuer %q calls itself %q", name, clean(i.Name))}
	}
	if i.Token == "" {
		return &failure{text: fmt.Sprintf("issuer %q has no token endpoint", name)}
	}
	for _, endpoint := range []struct{ what, address string }{
		{"authorization endpoint", i.Authorization}, {"token endpoint", i.Token},
		{"device authorization endpoint", i.Device}, {"revocation endpoint", i.Revocation},
	} {
		if endpoint.address == "" {
			continue
		}
		if err := checkURL(endpoint.what, endpoint.address); err != nil {
			return err
		}
	}
	if len(i.Challenges) > 0 && !slices.Contains(i.Challenges, "S256") {
		return &failure{text: fmt.Sprintf("issuer %q does not know PKCE with S256", name)}
	}
	return nil
}

// ChooseScopes are what to ask for: all that the API names, and of openid (who is it) and offline_access (a refresh token)
// what the issuer knows.
func ChooseScopes(resource Resource, issuer Issuer) []string {
	scopes := slices.Clone(resource.Scopes)
	for _, scope := range []string{"openid", "offline_access"} {
		if slices.Contains(issuer.Scopes, scope) && !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	return scopes
}

// wellKnown puts /.well-known/name between host and path (RFC 8414 section 3.1, RFC 9728 section 3.1).
func wellKnown(address, name string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.RawQuery != "" {
		return "", &failure{text: fmt.Sprintf("%q is not an address of scheme, host and path", clean(address))}
	}
	u.Path, u.RawPath = "/.well-known/"+name+strings.TrimRight(u.Path, "/"), ""
	return u.String(), nil
}

// getJSON reads a small JSON document.
func getJSON(ctx context.Context, client *http.Client, address string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return &failure{text: fmt.Sprintf("%q is not an address", clean(address))}
	}
	request.Header.Set("Accept", "application/json")
	response, err := httpClient(client).Do(request)
	if err != nil {
		return explain("asking "+address, err)
	}
	defer response.Body.Close()
	if response.StatusCode >= 500 {
		return &failure{ErrUnavailable, fmt.Sprintf("%s answered %d", address, response.StatusCode), nil}
	}
	if response.StatusCode != http.StatusOK {
		return &failure{text: fmt.Sprintf("%s answered %d", address, response.StatusCode)}
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(into); err != nil {
		return &failure{text: fmt.Sprintf("%s is not JSON that can be read", address)}
	}
	return nil
}
