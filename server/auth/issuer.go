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
	"sync/atomic"
	"time"
)

// issuer asks the authorization server for what it publishes about itself.
type issuer struct {
	url    string
	client *http.Client
	clock  func() time.Time

	known    atomic.Pointer[issuerMetadata]
	asking   chan struct{} // one place: who holds it asks for the metadata
	failed   error         // why the last asker got none; guarded by the place
	failedAt time.Time
}

func newIssuer(config Config) *issuer {
	return &issuer{url: config.Issuer, client: config.HTTPClient, clock: config.Clock, asking: make(chan struct{}, 1)}
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

// metadata is asked for once and remembered; a failure is for a second, however many want to know.
func (i *issuer) metadata(ctx context.Context) (*issuerMetadata, error) {
	if known := i.known.Load(); known != nil {
		return known, nil
	}
	select {
	case i.asking <- struct{}{}:
		defer func() { <-i.asking }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if known := i.known.Load(); known != nil {
		return known, nil
	}
	if i.failed != nil && i.clock().Sub(i.failedAt) < time.Second {
		return nil, i.failed
	}
	known, err := i.askMetadata(context.WithoutCancel(ctx)) // others wait for the answer; the client's timeout ends it
	if i.failed = err; err != nil {
		i.failedAt = i.clock()
		return nil, err
	}
	i.known.Store(known)
	return known, nil
}

func (i *issuer) askMetadata(ctx context.Context) (*issuerMetadata, error) {
	document, err := i.get(ctx, strings.TrimSuffix(i.url, "/")+"/.well-known/openid-configuration")
	if errors.Is(err, errNotFound) {
		document, err = i.get(ctx, i.oauthMetadataURL())
	}
	if err != nil {
		return nil, err
	}
	metadata := new(issuerMetadata)
	if err := json.Unmarshal(document, metadata); err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	if metadata.Issuer != i.url { // OpenID Connect Discovery section 4.3, RFC 8414 section 3.3
		return nil, fmt.Errorf("metadata is of issuer %q", metadata.Issuer)
	}
	return metadata, nil
}

func (i *issuer) forget() { i.known.Store(nil) }

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
