package console

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

//go:embed page/page.html
var pageSource string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

type link struct{ Name, Address string }

// view is what page.html shows: Swagger UI where Document is empty, else the document.
type view struct {
	Title, Name, Summary string
	Links                []link
	ContractURL          string
	ClientID, Scopes     string
	Document             template.HTML
}

// front serves Swagger UI around the contract.
func (c *console) front(links []link) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown := view{Title: c.contract.title, Summary: c.contract.summary, Links: links, ContractURL: c.config.ContractURL}
		issuer := c.endpoints(r)
		if issuer != (endpoints{}) {
			shown.ClientID, shown.Scopes = c.config.SignIn.ClientID, strings.Join(c.config.SignIn.Scopes, " ")
		}
		w.Header().Set("Content-Security-Policy", policy(append(slices.Clone(c.contract.servers), c.config.BaseURL, issuer.token)...))
		w.Header().Set("Cache-Control", "no-cache")
		show(w, r, shown)
	})
}

// serveContract gives Swagger UI the contract as this server answers it.
func (c *console) serveContract(w http.ResponseWriter, r *http.Request) {
	issuer := c.endpoints(r)
	if kept := c.rendered.Load(); kept != nil && kept.issuer == issuer {
		kept.ServeHTTP(w, r)
		return
	}
	content, err := c.contract.render(c.config, c.types, issuer)
	if err != nil {
		c.config.Logger.ErrorContext(r.Context(), "docs page: contract", "cause", err)
		fail(w, http.StatusInternalServerError)
		return
	}
	made := &rendered{issuer, newAsset("contract.yaml", content)}
	c.rendered.Store(made)
	made.ServeHTTP(w, r)
}

// endpoints are empty where the page cannot sign in.
func (c *console) endpoints(r *http.Request) endpoints {
	config := c.config.SignIn
	if config.ClientID == "" || config.Endpoints == nil {
		return endpoints{}
	}
	authorization, token, err := config.Endpoints(r.Context())
	if err == nil && (authorization == "" || token == "") {
		err = errors.New("its metadata names none")
	}
	if err != nil {
		c.config.Logger.WarnContext(r.Context(), "docs page: the issuer gives no endpoints to sign in at", "cause", err)
		return endpoints{}
	}
	return endpoints{authorization, token}
}

// page is a document beside the contract, in Markdown.
type page struct {
	name, file string
	markdown   []byte
}

func (p page) handler(title string, links []link) (http.Handler, error) {
	var content bytes.Buffer
	if err := goldmark.New(goldmark.WithExtensions(extension.GFM)).Convert(p.markdown, &content); err != nil {
		return nil, fmt.Errorf("console: %s: %w", p.file, err)
	}
	// goldmark leaves raw HTML out and escapes the rest.
	shown := view{Title: title, Name: p.name, Links: links, Document: template.HTML(content.String())}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		show(w, r, shown)
	}), nil
}

func show(w http.ResponseWriter, r *http.Request, shown view) {
	var content bytes.Buffer
	if err := pageTemplate.Execute(&content, shown); err != nil {
		fail(w, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content.Bytes()))
}

// policy lets a page load from its own host only, and call that host and the ones given by URL.
func policy(callable ...string) string {
	sources := []string{"'self'"}
	for _, address := range callable {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" {
			continue
		}
		if origin := u.Scheme + "://" + u.Host; !slices.Contains(sources, origin) {
			sources = append(sources, origin)
		}
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src " +
		strings.Join(sources, " ") + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
