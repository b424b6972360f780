package auth

import (
	"net/http"
	"net/url"
	"strings"
)

// address knows where this resource and its metadata are.
type address struct {
	resource string // identifier of the resource (RFC 9728 section 1.2); empty: as the request says
	metadata string // URL of its metadata; empty: as the request says
}

const wellKnown = "/.well-known/oauth-protected-resource"

// newAddress takes the audience for the resource's identifier where it is a URL, else the base URL.
func newAddress(config Config) address {
	resource := config.BaseURL
	if u, err := url.Parse(config.Audience); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.Fragment == "" {
		resource = config.Audience
	}
	base := or(config.BaseURL, resource)
	if base == "" {
		return address{}
	}
	return address{resource: resource, metadata: metadataURL(base)}
}

// metadataURL is where the metadata of a resource is served by this package: at the root of its host.
func metadataURL(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host + wellKnown
}

// of fills in from the request what the configuration does not say.
func (a address) of(r *http.Request) address {
	if a.metadata != "" {
		return a
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	origin := scheme + "://" + r.Host
	return address{resource: origin, metadata: origin + wellKnown}
}

var unquotable = strings.NewReplacer(`\`, ``, `"`, ``)

// challenge is the value of WWW-Authenticate: RFC 6750 section 3 and RFC 9728 section 5.1. Without a token there is no error in it.
func (a address) challenge(e *Error, r *http.Request) string {
	if e.Status == http.StatusServiceUnavailable {
		return ""
	}
	var parameters []string
	add := func(name, value string) {
		if value != "" {
			parameters = append(parameters, name+`="`+unquotable.Replace(value)+`"`)
		}
	}
	add("error", e.code)
	add("error_description", e.description)
	add("scope", e.scope)
	add("resource_metadata", a.of(r).metadata)
	return "Bearer " + strings.Join(parameters, ", ")
}
