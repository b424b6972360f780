package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// issuer asks the authorization server for what it publishes about itself.
type issuer struct {
	url    string
	client *http.Client

	mu    sync.Mutex
	known *issuerMetadata
}

// issuerMetadata is the part of the metadata that is needed here (OpenID Connect Discovery, RFC 8414).
type issuerMetadata struct {
	Issuer                string `json:"issuer"`
	AuthorizationEndpoint string `json:"authorization_endpoint"`
	TokenEndpoint         string `json:"token_endpoint"`
	JWKSURI               string `json:"jwks_uri"`
	IntrospectionEndpoint string `json:"introspection_endpoint"`
}

var errNotFound = errors.New("not found")

// keys fetches the key set. Metadata is remembered until the address it gives stops working.
func (i *issuer) keys(ctx context.Context) ([]*key, error) {
	metadata, err := i.metadata(ctx)
	if err != nil {
		return nil, err
	}
	if err := trustworthyEndpoint(metadata.JWKSURI); err != nil {
		i.forget()
		return nil, fmt.Errorf("jwks_uri: %w", err)
	}
	document, err := i.get(ctx, metadata.JWKSURI)
	if err != nil {
		i.forget()
		return nil, err
	}
	return parseKeys(document)
}

func (i *issuer) metadata(ctx context.Context) (*issuerMetadata, error) {
	i.mu.Lock()
	known := i.known
	i.mu.Unlock()
	if known != nil {
		return known, nil
	}
	document, err := i.get(ctx, strings.TrimSuffix(i.url, "/")+"/.well-known/openid-configuration")
	if errors.Is(err, errNotFound) {
		document, err = i.get(ctx, i.oauthMetadataURL())
	}
	if err != nil {
		return nil, err
	}
	known = new(issuerMetadata)
	if err := json.Unmarshal(document, known); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	if known.Issuer != i.url { // OpenID Connect Discovery section 4.3, RFC 8414 section 3.3
		return nil, fmt.Errorf("metadata is of issuer %q", known.Issuer)
	}
	i.mu.Lock()
	i.known = known
	i.mu.Unlock()
	return known, nil
}

func (i *issuer) forget() {
	i.mu.Lock()
	i.known = nil
	i.mu.Unlock()
}

// oauthMetadataURL puts the well-known part before the issuer's path (RFC 8414 section 3.1).
func (i *issuer) oauthMetadataURL() string {
	u, err := url.Parse(i.url)
	if err != nil {
		return i.url
	}
	u.Path = "/.well-known/oauth-authorization-server" + strings.TrimSuffix(u.Path, "/")
	return u.String()
}

func (i *issuer) get(ctx context.Context, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	return i.send(request)
}

// send gives the body of a 200, of at most documentLimit bytes.
func (i *issuer) send(request *http.Request) ([]byte, error) {
	response, err := i.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, documentLimit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", request.URL.Redacted(), err)
	case response.StatusCode == http.StatusNotFound:
		return nil, fmt.Errorf("%s: %w", request.URL.Redacted(), errNotFound)
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s: answered %d", request.URL.Redacted(), response.StatusCode)
	case len(body) > documentLimit:
		return nil, fmt.Errorf("%s: more than %d bytes", request.URL.Redacted(), documentLimit)
	}
	return body, nil
}

// trustworthyEndpoint is trustworthy for an address the issuer chose, which may have a query.
func trustworthyEndpoint(address string) error {
	base, _, _ := strings.Cut(address, "?")
	return trustworthy(base)
}
