package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/productsupcom/cde/client"
)

// mask stands for the token wherever a request is shown.
const mask = "***"

// catcher takes the request that would be sent, and sends nothing.
type catcher struct {
	method, url string
	header      http.Header
	body        []byte
}

// RoundTrip keeps the request and answers with a status that nobody repeats.
func (c *catcher) RoundTrip(request *http.Request) (*http.Response, error) {
	c.method, c.url, c.header = request.Method, request.URL.String(), request.Header.Clone()
	if request.Body != nil {
		defer request.Body.Close()
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, err
		}
		c.body = body
	}
	return &http.Response{StatusCode: http.StatusTeapot, Header: http.Header{}, Body: http.NoBody, Request: request}, nil
}

// dryRun prints the request of an operation, token masked. What the SDK refuses to send is refused here too.
func (a *app) dryRun(ctx context.Context, o operation, to target) error {
	var caught catcher
	token := client.TokenFunc(func(context.Context, string) (string, error) { return "masked", nil })
	cde, err := a.client(client.WithTokenSource(token), client.WithHTTPClient(&http.Client{Transport: &caught}))
	if err != nil {
		return err
	}
	if _, err := o.call(ctx, cde, to); err != nil && caught.method == "" {
		return err
	}
	caught.header.Set("Authorization", "Bearer "+mask)
	a.tell("Dry run: nothing was sent.")
	return a.printRequest(caught)
}

func (a *app) printRequest(request catcher) error {
	if a.flags.output.value == "table" && a.flags.jq == "" {
		return writeRequest(a.stdout, request)
	}
	headers := map[string]string{}
	for name := range request.header {
		headers[name] = request.header.Get(name)
	}
	document := struct {
		Method  string            `json:"method"`
		URL     string            `json:"url"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body,omitempty"`
	}{request.method, request.url, headers, readable(request.body)}
	return a.printAny(document, nil)
}

// writeRequest writes a request as it looks on the wire, but for the indented body.
func writeRequest(w io.Writer, request catcher) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", request.method, request.url)
	for _, name := range slices.Sorted(maps.Keys(request.header)) {
		fmt.Fprintf(&b, "%s: %s\n", name, request.header.Get(name))
	}
	if len(request.body) > 0 {
		var body bytes.Buffer
		if err := json.Indent(&body, readable(request.body), "", "  "); err != nil {
			return err
		}
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(body.String()))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// readable writes <, > and & in JSON as themselves, where encoding/json escapes them for web pages.
func readable(document []byte) []byte {
	var b []byte
	for i := 0; i < len(document); i++ {
		if document[i] != '\\' || i+1 == len(document) {
			b = append(b, document[i])
			continue
		}
		escapes := map[string]byte{`\u003c`: '<', `\u003e`: '>', `\u0026`: '&'}
		if plain, ok := escapes[string(document[i:min(i+6, len(document))])]; ok {
			b = append(b, plain)
			i += 5
			continue
		}
		b = append(b, document[i], document[i+1])
		i++
	}
	return b
}
