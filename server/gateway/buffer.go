package gateway

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"sync"

	"github.com/productsupcom/cde/server/validate"
)

// keptBuffer is the largest buffer that goes back to the pool.
const keptBuffer = 128 << 10

type bufferPool struct{ pool sync.Pool }

var buffers = bufferPool{sync.Pool{New: func() any { b := make([]byte, 0, 8<<10); return &b }}}

func (p *bufferPool) get() *[]byte { return p.pool.Get().(*[]byte) }

func (p *bufferPool) put(b *[]byte) {
	if cap(*b) <= keptBuffer {
		*b = (*b)[:0]
		p.pool.Put(b)
	}
}

// readUpTo appends what r holds to b, at most limit bytes. whole reports whether that was all.
func readUpTo(r io.Reader, b []byte, limit int64) (read []byte, whole bool, err error) {
	for {
		if int64(len(b)) > limit {
			return b, false, nil
		}
		if len(b) == cap(b) {
			b = slices.Grow(b, min(len(b)+512, int(limit)+1-len(b)))
		}
		n, err := r.Read(b[len(b):min(cap(b), int(limit)+1)])
		b = b[:len(b)+n]
		switch {
		case err == io.EOF:
			return b, int64(len(b)) <= limit, nil
		case err != nil:
			return b, false, err
		}
	}
}

// keepBody reads the request's body before it is checked, so that the very bytes can be forwarded whatever the check says
// of them. A body over the limit is forwarded as it comes.
func (x *exchange) keepBody() *validate.Refusal {
	if x.r.Body == nil || x.r.Body == http.NoBody || x.r.ContentLength == 0 {
		return nil
	}
	kept := buffers.get()
	x.kept = kept
	data, whole, err := readUpTo(x.r.Body, (*kept)[:0], x.gateway.config.BodyLimit)
	*kept = data
	if err != nil {
		return &validate.Refusal{Status: http.StatusBadRequest, Message: validate.MessageBadRequest, Reason: validate.ReasonRead,
			Header: http.Header{"Connection": {"close"}}, Cause: err}
	}
	if whole {
		x.body = data
		x.r.Body, x.r.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
		return nil
	}
	x.stream, x.length = io.MultiReader(bytes.NewReader(data), x.r.Body), x.r.ContentLength
	x.r.Body = io.NopCloser(bytes.NewReader(data)) // what the check reads: over the limit by one byte
	return nil
}
