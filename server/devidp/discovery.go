package devidp

import (
	"net/http"
	"slices"
)

const (
	oidcMetadata  = "/.well-known/openid-configuration"
	oauthMetadata = "/.well-known/oauth-authorization-server"
)

// discovery is the metadata of OpenID Connect Discovery section 3 and RFC 8414 section 2, at the paths of both.
func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	issuer := p.config.Issuer
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                issuer,
		"jwks_uri":                              issuer + "/jwks",
		"token_endpoint":                        issuer + "/token",
		"scopes_supported":                      slices.Concat([]string{"openid"}, p.config.Scopes),
		"grant_types_supported":                 []string{"client_credentials"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"ES256"},
		"token_endpoint_auth_methods_supported": []string{"none", "client_secret_basic", "client_secret_post"},
	})
}
