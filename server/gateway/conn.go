package gateway

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"syscall"
	"time"
)

// maxHead is the largest head of an answer, in bytes.
const maxHead = 256 << 10

var errHead = errors.New("the head of the upstream's answer is too large")

// conn is a connection to the upstream. One exchange at a time has it.
type conn struct {
	net     net.Conn
	raw     syscall.RawConn // the TCP connection below; nil where the system has none to show
	reader  *bufio.Reader   // reads through conn itself, for the limit
	out     []byte          // head and body of a request; kept between requests
	stop    func() bool     // ends the watch for the caller's leaving
	left    int64           // bytes of a head that may still come
	limited bool            // a head is being read
	used    bool            // an exchange was carried out before
	wrote   bool            // some of the request was written
	read    bool            // some of the answer was read
	idle    time.Time       // since when
	peek    func(uintptr) bool
	quiet   bool // what peek found
}

func newConn(secured, plain net.Conn) *conn {
	c := &conn{net: secured}
	c.reader = bufio.NewReaderSize((*limitedReader)(c), 8<<10)
	if tcp, ok := plain.(syscall.Conn); ok {
		c.raw, _ = tcp.SyscallConn()
	}
	c.peek = func(fd uintptr) bool { c.quiet = isQuiet(fd); return true }
	return c
}

// begin makes the connection ready for an exchange that must be answered by deadline and ends with ctx. It reports whether the
// connection can still be used.
func (c *conn) begin(ctx context.Context, deadline time.Time) bool {
	c.wrote, c.read = false, false
	if c.net.SetDeadline(deadline) != nil {
		return false
	}
	c.stop = context.AfterFunc(ctx, func() { _ = c.net.SetDeadline(time.Unix(1, 0)) })
	return true
}

// extend gives the upstream that much time from now on, unless ctx has ended.
func (c *conn) extend(ctx context.Context, timeout time.Duration) {
	_ = c.net.SetDeadline(time.Now().Add(timeout))
	if ctx.Err() != nil {
		_ = c.net.SetDeadline(time.Unix(1, 0)) // begin's watch may have done so already, and been undone
	}
}

// alive reports whether a kept connection is still open and silent. An upstream may close one at any time, and what it
// says unasked belongs to no request.
func (c *conn) alive() bool {
	if c.raw == nil {
		return true
	}
	return c.raw.Read(c.peek) == nil && c.quiet
}

func (c *conn) send(b []byte) error {
	n, err := c.net.Write(b)
	c.wrote = c.wrote || n > 0
	return err
}

// sendStream sends a body of the given length, in chunks when that is below zero.
func (c *conn) sendStream(body io.Reader, length int64) error {
	if length >= 0 {
		n, err := io.CopyN(c.net, body, length)
		c.wrote = c.wrote || n > 0
		return err
	}
	buf := buffers.get()
	defer buffers.put(buf)
	for {
		b := (*buf)[:cap(*buf)]
		n, err := body.Read(b[16 : cap(b)-2])
		if n > 0 {
			head := strconv.AppendInt(b[:0:16], int64(n), 16)
			size := len(head) + 2
			copy(b[16-size:], head)
			copy(b[14:], "\r\n")
			copy(b[16+n:], "\r\n")
			if err := c.send(b[16-size : 18+n]); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF:
			return c.send([]byte("0\r\n\r\n"))
		case err != nil:
			return err
		}
	}
}

// limitHead bounds what is read until the head of an answer is there.
func (c *conn) limitHead() { c.limited, c.left = true, maxHead }

// limitedReader is conn as the reader that its buffer reads from.
type limitedReader conn

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.limited {
		if l.left <= 0 {
			return 0, errHead
		}
		p = p[:min(int64(len(p)), l.left)]
	}
	n, err := l.net.Read(p)
	l.left -= int64(n)
	l.read = l.read || n > 0
	return n, err
}

// end takes the connection out of its exchange. It reports whether another exchange may have it: nobody has left
// meanwhile, and nothing is on the way that no request has asked for.
func (c *conn) end() bool { return c.stop() && c.reader.Buffered() == 0 }

func (c *conn) close() {
	if c.stop != nil {
		c.stop()
	}
	c.net.Close()
}
