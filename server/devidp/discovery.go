package devidp

import (
	"net/http"
	"slices"
	"strings"
)

const (
	oidcMetadata  = "/.well-known/openid-configuration"
	oauthMetadata = "/.well-known/oauth-authorization-server"
)

// discovery is the metadata of OpenID Connect Discovery section 3 and RFC 8414 section 2, at the paths of both.
func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	base := strings.TrimSuffix(p.config.Issuer, "/")
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                         p.config.Issuer,
		"authorization_endpoint":                         base + "/authorize",
		"token_endpoint":                                 base + "/token",
		"device_authorization_endpoint":                  base + "/device_authorization",
		"introspection_endpoint":                         base + "/introspect",
		"revocation_endpoint":                            base + "/revoke",
		"jwks_uri":                                       base + "/jwks",
		"scopes_supported":                               slices.Concat([]string{"openid", "offline_access"}, p.config.Scopes),
		"response_types_supported":                       []string{"code"},
		"response_modes_supported":                       []string{"query"},
		"grant_types_supported":                          []string{"authorization_code", "refresh_token", "client_credentials", deviceGrant},
		"code_challenge_methods_supported":               []string{"S256"},
		"token_endpoint_auth_methods_supported":          []string{"none", "client_secret_basic", "client_secret_post"},
		"introspection_endpoint_auth_methods_supported":  []string{"client_secret_basic", "client_secret_post"},
		"revocation_endpoint_auth_methods_supported":     []string{"none", "client_secret_basic", "client_secret_post"},
		"subject_types_supported":                        []string{"public"},
		"id_token_signing_alg_values_supported":          []string{"ES256"},
		"claims_supported":                               []string{"sub", "preferred_username", "auth_time"},
		"authorization_response_iss_parameter_supported": true,
		"request_uri_parameter_supported":                false,
	})
}
