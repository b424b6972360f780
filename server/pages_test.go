package server_test

import (
	"net/http"
	"testing"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/server"
	"github.com/productsupcom/cde/server/servertest"
)

// TestPagesBesideTheAPI: probes and readers may ask for the head alone, and leave out the last slash of a folder.
func TestPagesBesideTheAPI(t *testing.T) {
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("the page " + r.URL.Path)) })
	s := servertest.New(t, servertest.WithConfig(func(c *server.Config) { c.Pages["/docs/"] = page }))
	client := s.Client(t)
	for path, says := range map[string]string{
		"/healthz": `{"status":"ok"}` + "\n", "/readyz": `{"status":"ready"}` + "\n", "/openapi.yaml": string(openapi.YAML), "/openapi.json": "",
		"/.well-known/oauth-protected-resource": "", "/docs/": "the page /docs/", "/docs/style.css": "the page /docs/style.css",
	} {
		exchange{method: "GET", path: path, token: "-", status: 200, answer: says}.check(t, s, client)
		if _, body := (exchange{method: "HEAD", path: path, token: "-", status: 200}.send(t, s, client)); body != "" {
			t.Errorf("HEAD %s has a body", path)
		}
		exchange{method: "HEAD", path: path, token: "-", status: 200}.check(t, s, client)
	}
	exchange{method: "GET", path: "/docs", token: "-", status: 301, asks: map[string]string{"Location": "/docs/"}}.check(t, s, client)
	exchange{method: "POST", path: "/healthz", token: "-", status: 405, asks: map[string]string{"Allow": "OPTIONS, GET, HEAD"}}.check(t, s, client)
}
