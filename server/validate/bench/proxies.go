package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/openapi/format"
	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/gateway"
	"github.com/productsupcom/cde/server/validate"
)

// The ways through a gateway, and the server behind it.
const (
	stackUpstream  = "upstream"
	proxyOurs      = "gateway"           // cded's
	proxyChecked   = "gateway, answers"  // the same, answers checked
	proxyBare      = "reverse proxy"     // httputil's, nothing checked
	proxyTransport = "checked transport" // our checks before httputil's
	proxyFasthttp  = "checked fasthttp"  // our checks before fasthttp's client
)

var proxyNames = []string{proxyOurs, proxyChecked, proxyBare, proxyTransport, proxyFasthttp}

// newUpstream answers every request with the rollback's answer of 4 KB.
func newUpstream(s seeds) http.Handler {
	length := strconv.Itoa(len(s.rollbackAnswer))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", length)
		_, _ = w.Write(s.rollbackAnswer)
	})
}

// newProxy is one of the ways to the upstream at address.
func newProxy(name, address string) (http.Handler, error) {
	target := &url.URL{Scheme: "http", Host: address}
	config := gateway.Config{Upstream: target.String(), Spec: openapi.YAML, Logger: slog.New(slog.DiscardHandler)}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64 // by default it keeps two, and dials for the others
	bare := &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	switch name {
	case proxyOurs:
		return gateway.New(config)
	case proxyChecked:
		config.Answers = gateway.Block
		return gateway.New(config)
	case proxyTransport:
		return checked(bare)
	case proxyFasthttp:
		return checked(throughFasthttp(address))
	}
	return bare, nil
}

// checked puts the checks that the gateway makes before another proxy.
func checked(next http.Handler) (http.Handler, error) {
	v, err := validate.New(openapi.YAML, validate.WithFormats(format.Checks()), validate.WithAuth(func(r *http.Request, _ *validate.Operation) (*http.Request, *validate.Refusal) {
		if auth.WellFormed(r) != nil {
			return nil, &validate.Refusal{Status: http.StatusUnauthorized}
		}
		return r, nil
	}))
	if err != nil {
		return nil, err
	}
	return v.Middleware(next), nil
}

// throughFasthttp forwards by fasthttp's client and does no more than that: no timeout, no rule about headers.
func throughFasthttp(address string) http.Handler {
	client := &fasthttp.HostClient{Addr: address}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
		defer fasthttp.ReleaseRequest(request)
		defer fasthttp.ReleaseResponse(response)
		request.Header.SetMethod(r.Method)
		request.SetRequestURI(r.URL.EscapedPath())
		request.Header.SetHost(address)
		for name, values := range r.Header {
			for _, value := range values {
				request.Header.Add(name, value)
			}
		}
		if body, ok := validate.Body(r); ok {
			request.SetBodyRaw(body)
		}
		if err := client.Do(request, response); err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		for name, value := range response.Header.All() {
			w.Header().Add(string(name), string(value))
		}
		w.WriteHeader(response.StatusCode())
		_, _ = w.Write(response.Body())
	})
}

// cutLast cuts "name address" at its last space.
func cutLast(s string) (name, address string, found bool) {
	i := strings.LastIndexByte(s, ' ')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}
