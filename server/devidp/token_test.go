package devidp_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestTokenEndpointErrors(t *testing.T) {
	provider, issuer := start(t)
	_, secret := provider.ResourceServer()
	const form = "application/x-www-form-urlencoded"
	for _, row := range []struct {
		name, path, kind, user, body string
		status                       int
		want                         string
	}{
		{"no grant type", "/token", form, "", "client_id=owner", 400, "invalid_request"},
		{"an unknown grant type", "/token", form, "", "client_id=owner&grant_type=password", 400, "unsupported_grant_type"},
		{"no client", "/token", form, "", "grant_type=client_credentials", 401, "invalid_client"},
		{"an unknown client", "/token", form, "", "grant_type=client_credentials&client_id=nobody", 401, "invalid_client"},
		{"an unknown client by Basic", "/token", form, "nobody:", "grant_type=client_credentials", 401, "invalid_client"},
		{"two clients", "/token", form, "owner:", "grant_type=client_credentials&client_id=admin", 400, "invalid_request"},
		{"the public client without a person", "/token", form, "", "grant_type=client_credentials&client_id=cde", 400, "unauthorized_client"},
		{"a persona with a code", "/token", form, "", "grant_type=authorization_code&client_id=owner&code=x&code_verifier=y", 400, "unauthorized_client"},
		{"the public client with a secret", "/token", form, "cde:x", "grant_type=refresh_token&refresh_token=a.b", 401, "invalid_client"},
		{"a parameter twice", "/token", form, "", "grant_type=client_credentials&client_id=owner&client_id=admin", 400, "invalid_request"},
		{"JSON", "/token", "application/json", "", `{"grant_type":"client_credentials"}`, 400, "invalid_request"},
		{"a broken form", "/token", form, "", "%zz", 400, "invalid_request"},
		{"an unknown scope", "/token", form, "", "grant_type=client_credentials&client_id=owner&scope=root", 400, "invalid_scope"},
		{"another resource", "/token", form, "", "grant_type=client_credentials&client_id=owner&resource=https://x.example", 400, "invalid_target"},
		{"parameters in the query", "/token?client_id=owner", form, "", "grant_type=client_credentials", 400, "invalid_request"},
		{"no refresh token", "/token", form, "", "grant_type=refresh_token&client_id=cde", 400, "invalid_request"},
		{"an unknown refresh token", "/token", form, "", "grant_type=refresh_token&client_id=cde&refresh_token=a.b", 400, "invalid_grant"},
		{"no device code", "/token", form, "", "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=cde", 400, "invalid_request"},
		{"a device for another resource", "/device_authorization", form, "", "client_id=cde&resource=https://x.example", 400, "invalid_target"},
		{"tokens of a device for another resource", "/token", form, "", "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=cde&device_code=x&resource=https://x.example", 400, "invalid_target"},
		{"a device of a persona", "/device_authorization", form, "", "client_id=owner", 400, "unauthorized_client"},
		{"introspection by nobody", "/introspect", form, "", "token=x", 401, "invalid_client"},
		{"introspection by a guesser", "/introspect", form, "cde-api:guess", "token=x", 401, "invalid_client"},
		{"introspection of nothing", "/introspect", form, "cde-api:" + secret, "", 400, "invalid_request"},
		{"revocation of nothing", "/revoke", form, "", "client_id=cde", 400, "invalid_request"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := http.NewRequest(http.MethodPost, issuer+row.path, strings.NewReader(row.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", row.kind)
			if user, password, ok := strings.Cut(row.user, ":"); ok {
				r.SetBasicAuth(user, password)
			}
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			var answer map[string]string
			if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != row.status || answer["error"] != row.want {
				t.Errorf("%d %v, want %d %s", response.StatusCode, answer, row.status, row.want)
			}
			if response.Header.Get("Cache-Control") != "no-store" {
				t.Error("the answer may be stored")
			}
			if challenged := response.Header.Get("WWW-Authenticate") != ""; challenged != (row.status == 401 && row.user != "") {
				t.Errorf("challenge %q", response.Header.Get("WWW-Authenticate"))
			}
		})
	}
}
