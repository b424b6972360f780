package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// MetadataPath is where Metadata belongs: the well-known path of RFC 9728 section 3.
const MetadataPath = wellKnown

// Metadata describes this protected resource to clients (RFC 9728): its identifier, the issuer whose tokens it takes, how
// tokens are sent and the scope they need. Anybody may read it, from any web page.
func (a *Authenticator) Metadata() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		document := struct {
			Resource string   `json:"resource"`
			Servers  []string `json:"authorization_servers"`
			Methods  []string `json:"bearer_methods_supported"`
			Scopes   []string `json:"scopes_supported,omitempty"`
		}{a.address.of(r).resource, []string{a.config.Issuer}, []string{"header"}, nil}
		if a.config.RequiredScope != "" {
			document.Scopes = []string{a.config.RequiredScope}
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Cache-Control", "public, max-age=300")
		_ = json.NewEncoder(w).Encode(document)
	})
}

// Endpoints are the issuer's authorization and token endpoint (RFC 8414 section 2), for a page that signs people in. They
// are remembered with the rest of the issuer's metadata; an endpoint that the issuer does not have is empty. One that is neither
// https nor on loopback is an error.
func (a *Authenticator) Endpoints(ctx context.Context) (authorization, token string, err error) {
	metadata, err := a.issuer.metadata(ctx)
	if err != nil {
		return "", "", err
	}
	for _, endpoint := range []string{metadata.AuthorizationEndpoint, metadata.TokenEndpoint} {
		if err := trustworthyEndpoint(endpoint); err != nil && endpoint != "" {
			return "", "", fmt.Errorf("endpoint: %w", err)
		}
	}
	return metadata.AuthorizationEndpoint, metadata.TokenEndpoint, nil
}
