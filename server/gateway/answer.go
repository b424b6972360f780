package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/productsupcom/cde/server/validate"
)

const (
	// smallAnswer is the longest answer of known length that is read whole before any of it is passed on, so that one that
	// breaks off becomes a 502 instead of half an answer.
	smallAnswer = 64 << 10
	streamChunk = 32 << 10
)

// forward sends the request to the upstream and its answer to the caller.
func (x *exchange) forward() {
	x.allowWriting()
	answer, c, err := x.ask() //nolint:bodyclose // the body is read from c, which is kept or closed below
	if err != nil {
		x.fail(err)
		return
	}
	again := false
	defer func() {
		if again && c.end() {
			x.gateway.upstream.pool.put(c)
			return
		}
		c.close()
	}()
	again = x.deliver(answer, c) && !answer.Close
}

// fail answers for an upstream that did not. When the caller has gone there is nobody to answer.
func (x *exchange) fail(err error) {
	if x.r.Context().Err() != nil {
		x.note(&validate.Refusal{Reason: reasonGone, Cause: context.Cause(x.r.Context())}, Block)
		panic(http.ErrAbortHandler)
	}
	refusal := failure(err)
	x.note(refusal, Block)
	refusal.Respond(x.w)
}

// allowWriting gives the caller time to take the answer, which may come after the server's own patience with it.
func (x *exchange) allowWriting() {
	if w, ok := x.w.(interface{ SetWriteDeadline(time.Time) error }); ok {
		_ = w.SetWriteDeadline(time.Now().Add(2 * x.gateway.config.UpstreamTimeout))
	}
}

// deliver passes an answer on. It reports whether all of it was read.
func (x *exchange) deliver(answer *http.Response, c *conn) bool {
	buf := buffers.get()
	defer buffers.put(buf)
	data, whole, err := x.read(answer, c, *buf)
	*buf = data
	if err != nil {
		x.fail(err)
		return false
	}
	if x.checksAnswer() && !x.passes(answer, data, whole) {
		return false
	}
	x.writeHead(answer)
	if len(data) > 0 {
		if _, err := x.w.Write(data); err != nil {
			return false
		}
	}
	if !whole && !x.pump(answer, c) {
		return false
	}
	x.writeTrailers(answer)
	return true
}

// read reads as much of the answer as is wanted before its head is passed on: all that is to be checked, or nothing of
// a long one.
func (x *exchange) read(answer *http.Response, c *conn, b []byte) (data []byte, whole bool, err error) {
	limit := int64(-1)
	switch {
	case x.checksAnswer() && isJSON(answer.Header):
		limit = x.gateway.config.ResponseLimit
	case answer.ContentLength >= 0 && answer.ContentLength <= smallAnswer:
		limit = answer.ContentLength
	case x.checksAnswer() || answer.Body == http.NoBody:
		limit = 0
	}
	if answer.ContentLength > 0 && answer.ContentLength <= limit {
		b = slices.Grow(b, int(answer.ContentLength)+1)
	}
	if limit > smallAnswer && (answer.ContentLength < 0 || answer.ContentLength > smallAnswer) {
		c.extend(x.r.Context(), x.gateway.config.UpstreamTimeout)
	}
	return readUpTo(answer.Body, b, limit)
}

// writeHead passes the answer's head on, and announces the trailers that are known.
func (x *exchange) writeHead(answer *http.Response) {
	header := x.w.Header()
	copyAnswer(header, answer.Header)
	for name := range answer.Trailer {
		header.Add("Trailer", name)
	}
	x.gateway.metrics.answered(x.name(), answer.StatusCode)
	x.w.WriteHeader(answer.StatusCode)
}

// writeTrailers passes the trailers on. Those that were not announced came with an answer of unknown length.
func (x *exchange) writeTrailers(answer *http.Response) {
	header := x.w.Header()
	for name, values := range answer.Trailer {
		if slices.Contains(header["Trailer"], name) {
			header[name] = values
		} else {
			header[http.TrailerPrefix+name] = values
		}
	}
}

// pump passes the rest of an answer on as it comes, and reports whether it came to its end. One that breaks off is broken off for
// the caller too, who must not take it for the whole.
func (x *exchange) pump(answer *http.Response, c *conn) bool {
	buf := buffers.get()
	defer buffers.put(buf)
	chunk := slices.Grow(*buf, streamChunk)[:streamChunk]
	*buf = chunk[:0]
	flusher, _ := x.w.(http.Flusher)
	for {
		c.extend(x.r.Context(), x.gateway.config.UpstreamTimeout)
		n, err := answer.Body.Read(chunk)
		if n > 0 {
			x.allowWriting()
			if _, err := x.w.Write(chunk[:n]); err != nil {
				return false
			}
			if flusher != nil && answer.ContentLength < 0 {
				flusher.Flush()
			}
		}
		switch {
		case err == io.EOF:
			return true
		case err != nil:
			x.breakOff(err)
		}
	}
}

// breakOff cuts the caller's connection in the middle of an answer.
func (x *exchange) breakOff(err error) {
	refusal := failure(err)
	if x.r.Context().Err() != nil {
		refusal = &validate.Refusal{Reason: reasonGone}
	}
	refusal.Cause = errors.Join(err, errors.New("the answer had begun"))
	x.note(refusal, Block)
	panic(http.ErrAbortHandler)
}
