package validate

import (
	"errors"
	"io"
	"net/http"
	"sync"
)

// keptBuffer is the largest buffer that goes back to the pool: what a rare big
// request needed is not kept.
const keptBuffer = 128 << 10

type buffer struct{ b []byte }

type bufferPool struct{ pool sync.Pool }

var buffers = bufferPool{sync.Pool{New: func() any { return &buffer{b: make([]byte, 0, 1024)} }}}

func (p *bufferPool) get() *buffer { return p.pool.Get().(*buffer) }

func (p *bufferPool) put(b *buffer) {
	if cap(b.b) <= keptBuffer {
		b.b = b.b[:0]
		p.pool.Put(b)
	}
}

// body is the checked body of a request: a reader over the very bytes that were
// checked. A reader may outlive the handler (a proxy's transport does); after
// release it reads an error, never the bytes of another request.
type body struct {
	mu  sync.Mutex
	buf *buffer // nil once released
	off int
}

var errReleased = errors.New("validate: read of a request body after its handler returned")

func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.buf == nil:
		return 0, errReleased
	case b.off == len(b.buf.b):
		return 0, io.EOF
	}
	n := copy(p, b.buf.b[b.off:])
	b.off += n
	return n, nil
}

// Close does nothing: a closed body can still be read by name, see Body.
func (b *body) Close() error { return nil }

func (b *body) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.buf != nil {
		buffers.put(b.buf)
		b.buf = nil
	}
}

// Body returns the checked bytes of r's body without copying them, and whether
// r went through CheckRequest with a body. The bytes are valid until Release
// and must not be changed. Reading them does not move r.Body.
func Body(r *http.Request) ([]byte, bool) {
	b, ok := r.Body.(*body)
	if !ok {
		return nil, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.buf == nil {
		return nil, false
	}
	return b.buf.b, true
}

// Release gives the buffer behind a checked body back. Call it when the handler
// has returned; without it the buffer is garbage-collected. A later read of
// r.Body fails.
func Release(r *http.Request) {
	if b, ok := r.Body.(*body); ok {
		b.release()
	}
}
