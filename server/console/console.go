// Package console is the API's docs page: the contract with sign-in and try-it, in a browser, from one host.
//
// What it shows is derived from the contract; Swagger UI renders it, from files that are embedded here. The page
// loads nothing from elsewhere and runs under a strict Content-Security-Policy.
package console

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync/atomic"
)

// Config says what the page shows. Contract is required, the zero value of every other field has a meaning.
type Config struct {
	Contract    []byte // OpenAPI 3.0, YAML or JSON
	ContractURL string // where the contract itself is served, for the link; default "../openapi.yaml"
	BaseURL     string // the server that answers first in the server list; default "/", the page's own host
	SignIn      SignIn // zero: a token is pasted by hand
	TypeScript  []byte // JSON, operationId to {"request", "responses"}, as gen/typescript holds; default: types are not shown
	Types       []byte // TypeScript of the whole contract, to download as cde.d.ts; default no such file
	SDKURL      string // page of the SDK, for the link; default no link
	Parity      []byte // Markdown: what is documented, inferred, decided; default no such page
	Changelog   []byte // Markdown: what changed between releases of the contract; default no such page
	Logger      *slog.Logger
}

// SignIn says how the page gets a token: by authorization code with PKCE (RFC 7636), as a public client.
type SignIn struct {
	// ClientID is the client as the issuer knows it. Its redirect address is oauth2-redirect.html beside the page.
	ClientID string
	// Scopes are asked for.
	Scopes []string
	// Endpoints gives the issuer's authorization and token endpoint (RFC 6749 section 3), as absolute URLs or as paths of
	// the page's own host. It is asked for every view of the page, so it should remember. While it fails, the cause is
	// logged and the page lets a token be pasted instead. [auth.Authenticator.Endpoints] fits.
	//
	// [auth.Authenticator.Endpoints]: https://pkg.go.dev/github.com/productsupcom/cde/server/auth#Authenticator.Endpoints
	Endpoints func(context.Context) (authorization, token string, err error)
}

// endpoints are where the issuer signs people in; empty where it cannot be asked.
type endpoints struct{ authorization, token string }

// New makes the docs page, a handler for the paths below its own: mount it at /docs/ behind
// [http.StripPrefix] with "/docs". It answers GET and HEAD; a request for the prefix without its slash is redirected.
//
// It fails where the contract or the TypeScript types cannot be read.
func New(config Config) (http.Handler, error) {
	if config.ContractURL == "" {
		config.ContractURL = "../openapi.yaml"
	}
	if config.BaseURL == "" {
		config.BaseURL = "/"
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	types, err := operationTypes(config.TypeScript)
	if err != nil {
		return nil, err
	}
	contract, err := parseContract(config.Contract)
	if err != nil {
		return nil, err
	}
	if _, err := contract.render(config, types, endpoints{}); err != nil {
		return nil, fmt.Errorf("console: contract: %w", err)
	}
	return (&console{config: config, contract: contract, types: types}).routes()
}

type console struct {
	config   Config
	contract contract
	types    map[string]typeScript
	rendered atomic.Pointer[rendered]
}

// rendered is the contract for an issuer. It is kept: rendering takes longer than all else here.
type rendered struct {
	issuer endpoints
	*asset
}

// typeScript is the TypeScript of one operation.
type typeScript struct {
	Request   string `json:"request,omitempty" yaml:"request,omitempty"`
	Responses string `json:"responses" yaml:"responses"`
}

func operationTypes(document []byte) (map[string]typeScript, error) {
	if document == nil {
		return nil, nil
	}
	var types map[string]typeScript
	if err := json.Unmarshal(document, &types); err != nil {
		return nil, fmt.Errorf("console: TypeScript types: %w", err)
	}
	return types, nil
}

// documents are the pages that stand beside the contract, where there are such.
func (c *console) documents() []page {
	all := []page{{"Parity", "parity", c.config.Parity}, {"Changelog", "changelog", c.config.Changelog}}
	return slices.DeleteFunc(all, func(p page) bool { return p.markdown == nil })
}

func (c *console) routes() (http.Handler, error) {
	routes, err := assets()
	if err != nil {
		return nil, err
	}
	links := []link{{"Contract", c.config.ContractURL}}
	for _, document := range c.documents() {
		links = append(links, link{document.name, document.file})
	}
	if c.config.Types != nil {
		routes["/cde.d.ts"] = newAsset("cde.d.ts", c.config.Types)
		links = append(links, link{"TypeScript", "cde.d.ts"})
	}
	if c.config.SDKURL != "" {
		links = append(links, link{"SDK", c.config.SDKURL})
	}
	for _, document := range c.documents() {
		if routes["/"+document.file], err = document.handler(c.contract.title, links); err != nil {
			return nil, err
		}
	}
	routes["/"] = c.front(links)
	routes["/contract.yaml"] = http.HandlerFunc(c.serveContract)
	return read(routes), nil
}

// read serves routes by their exact path to GET and HEAD.
func read(routes map[string]http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Content-Security-Policy", policy())
		route, ok := routes[r.URL.Path]
		switch {
		case r.URL.Path == "":
			mounted, _, _ := strings.Cut(r.RequestURI, "?")
			header.Set("Location", path.Base(mounted)+"/")
			fail(w, http.StatusPermanentRedirect)
		case !ok:
			fail(w, http.StatusNotFound)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			header.Set("Allow", "GET, HEAD")
			fail(w, http.StatusMethodNotAllowed)
		default:
			route.ServeHTTP(w, r)
		}
	})
}
