package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strconv"
)

// framed is a listener whose connections refuse a head that says in two ways where its body ends: both Content-Length and
// Transfer-Encoding (RFC 9112 section 6.3), or Transfer-Encoding in HTTP/1.0 (section 6.1). net/http would believe
// Transfer-Encoding and drop the other without a word, so only the raw head can tell.
type framed struct{ net.Listener }

// Accept waits for the next connection.
func (l framed) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if secured, ok := accepted.(*tls.Conn); ok {
		return &secureConn{framedConn{Conn: secured}, secured}, nil
	}
	return &framedConn{Conn: accepted}, nil
}

// unreadable takes the place of the empty line behind a head that is refused: a line that net/http cannot read, so that it
// answers 400 in its turn, behind the answers to what came before, and closes the connection.
const unreadable = "!\r\n\r\n"

// framedConn reads along with net/http: head by head, over bodies of a known length. A chunked request is the last one of
// its connection (see lastIfChunked), so that nobody needs to find the end of its body twice.
type framedConn struct {
	net.Conn
	line   []byte // the start of a line of the head, where a read ended within it
	body   int64  // bytes of the body that are still to come
	length int64  // Content-Length of this head
	sized  bool   // this head has a Content-Length
	broken bool   // and it is no number on one line
	coded  bool   // this head has a Transfer-Encoding
	old    bool   // this head is of HTTP/1.0
	inside bool   // the request line was read
	done   bool   // nothing is looked at any more

	refused bool   // a head was refused
	rest    string // what is still to be read instead of its end
}

// Read reads what net/http reads. Of what follows a head that is refused it reads nothing.
func (c *framedConn) Read(p []byte) (int, error) {
	if !c.refused {
		n, err := c.Conn.Read(p)
		good, ok := c.follow(p[:n])
		if ok {
			return n, err
		}
		c.refused, c.rest = true, unreadable
		if good > 0 {
			return good, nil
		}
	}
	if c.rest == "" {
		return 0, io.EOF
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// follow looks at what was read. It reports false, and how many bytes came before, at the end of a head that is refused.
func (c *framedConn) follow(b []byte) (good int, ok bool) {
	for i := 0; i < len(b) && !c.done; {
		if c.body > 0 {
			skip := min(c.body, int64(len(b)-i))
			c.body -= skip
			i += int(skip)
			continue
		}
		end := bytes.IndexByte(b[i:], '\n')
		if end < 0 {
			c.keep(b[i:])
			return len(b), true
		}
		line := b[i : i+end]
		if len(c.line) > 0 {
			c.line = append(c.line, line...)
			line = c.line
		}
		if !c.head(line) {
			return i, false
		}
		c.line = c.line[:0]
		i += end + 1
	}
	return len(b), true
}

// keep holds the start of a line until the rest of it is read. A line longer than any head may be belongs to none.
func (c *framedConn) keep(part []byte) {
	c.line = append(c.line, part...)
	c.done = len(c.line) > 2*maxHeaderBytes
}

// head takes one line of a head, without its line feed. It reports false where the head ends and is refused.
func (c *framedConn) head(line []byte) bool {
	line = bytes.TrimSuffix(line, []byte{'\r'})
	switch {
	case !c.inside:
		if len(line) > 0 { // empty lines: net/http skips some behind a POST (RFC 9112 section 2.2) and refuses all others
			c.inside, c.length, c.coded = true, 0, false
			c.sized, c.broken = false, false
			c.old = !bytes.HasSuffix(line, []byte("HTTP/1.1"))
		}
	case len(line) == 0:
		c.inside = false
		c.done, c.body = c.coded, c.length
		return !c.broken && (!c.coded || !c.sized && !c.old)
	case (line[0]|' ') == 'c' || (line[0]|' ') == 't':
		c.field(line)
	}
	return true
}

var (
	contentLength    = []byte("Content-Length")
	transferEncoding = []byte("Transfer-Encoding")
)

// field notes the two fields that frame a body. Fields that net/http cannot read it refuses itself, with all behind them.
func (c *framedConn) field(line []byte) {
	name, value, _ := bytes.Cut(line, []byte{':'})
	switch {
	case bytes.EqualFold(name, contentLength):
		length, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 10, 63)
		c.length, c.sized, c.broken = int64(length), true, c.broken || err != nil
	case bytes.EqualFold(name, transferEncoding):
		c.coded = true
	}
}

// CloseWrite lets the peer read an answer before the connection is closed.
func (c *framedConn) CloseWrite() error {
	if inner, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return inner.CloseWrite()
	}
	return nil
}

// secureConn keeps what net/http asks of a connection with TLS.
type secureConn struct {
	framedConn
	secured *tls.Conn
}

// ConnectionState shakes hands, within the time that a head may take. net/http asks once, before it reads; a handshake
// that failed fails the first read too.
func (c *secureConn) ConnectionState() tls.ConnectionState {
	ctx, cancel := context.WithTimeout(context.Background(), readHeaderTimeout)
	defer cancel()
	_ = c.secured.HandshakeContext(ctx)
	return c.secured.ConnectionState()
}

// lastIfChunked closes a connection behind the answer to a chunked request.
func lastIfChunked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
