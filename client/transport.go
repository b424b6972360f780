package client

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// transport sends every attempt.
type transport struct {
	next http.RoundTripper
}

// RoundTrip hides a Location that cannot be parsed from http.Client, which would make an error of the answer.
func (t transport) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := t.next.RoundTrip(request)
	if err == nil && response.StatusCode/100 == 3 {
		if _, err := response.Location(); err != nil {
			response.Header.Del("Location")
		}
	}
	return response, err
}

// orPooled returns next, or a transport like the default one that keeps enough idle connections to one host for callers
// that run in parallel, and does not take ten megabytes for a header.
func orPooled(next http.RoundTripper) http.RoundTripper {
	if next != nil {
		return next
	}
	standard, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	pooled := standard.Clone()
	pooled.MaxIdleConnsPerHost = 64
	pooled.MaxResponseHeaderBytes = 256 << 10
	return pooled
}

// trace is what an attempt did on the network. Its hooks may be called from other goroutines.
type trace struct {
	asked, connected, headers atomic.Bool
}

func (t *trace) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:      func(string) { t.asked.Store(true) },
		GotConn:      func(httptrace.GotConnInfo) { t.connected.Store(true) },
		WroteHeaders: func() { t.headers.Store(true) },
	}
}

// mayBeWritten reports whether a request that failed with err may have reached the API. It did not if no connection was
// had, or if one broke before the headers were out. When time ran out the transport may still be writing them, and a
// transport that calls no hooks tells nothing: then it may have.
func (t *trace) mayBeWritten(ctx context.Context, err error) bool {
	if !t.asked.Load() {
		return true
	}
	if !t.connected.Load() {
		return false
	}
	timeout := interface{ Timeout() bool }(nil)
	return t.headers.Load() || ctx.Err() != nil || errors.As(err, &timeout) && timeout.Timeout()
}
