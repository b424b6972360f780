package login

import (
	"html/template"
	"net/http"
)

// page is what the browser shows at the end. It loads nothing and runs nothing.
var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{if .}}Not signed in{{else}}Signed in{{end}}: cde</title>
<style>
:root { color-scheme: light dark }
body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem }
</style>
{{if .}}<h1>Not signed in</h1>
<p>{{.}}</p>
<p>The terminal says more. You can close this page.</p>
{{else}}<h1>You are signed in</h1>
<p>You can close this page and go back to the terminal.</p>
{{end}}</html>
`))

// writePage shows success, or what went wrong.
func writePage(w http.ResponseWriter, status int, err error) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Connection", "close")
	w.WriteHeader(status)
	text := ""
	if err != nil {
		text = err.Error()
	}
	_ = page.Execute(w, text)
}
