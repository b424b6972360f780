package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/productsupcom/cde/server/validate"
)

const (
	dialTimeout    = 10 * time.Second
	maxInformation = 8 // 1xx answers before the real one
)

// upstream is the server behind the gateway, spoken to in HTTP/1.1 over kept connections: one write for a request, one goroutine
// for both directions. Answers are read by net/http's own parser.
type upstream struct {
	address string // host:port to dial
	host    string // value of the Host header
	base    string // escaped path before every request's, without a slash at the end
	timeout time.Duration
	tls     *tls.Config // nil: plain
	dialer  net.Dialer
	pool    pool
}

func newUpstream(base *url.URL, config *tls.Config, timeout time.Duration) *upstream {
	u := &upstream{host: base.Host, base: strings.TrimSuffix(base.EscapedPath(), "/"), timeout: timeout, dialer: net.Dialer{Timeout: min(timeout, dialTimeout)}}
	port := base.Port()
	if base.Scheme == "https" {
		port = or(port, "443")
		u.tls = &tls.Config{MinVersion: tls.VersionTLS12}
		if config != nil {
			u.tls = config.Clone()
		}
		u.tls.ServerName = or(u.tls.ServerName, base.Hostname())
		u.tls.NextProtos = []string{"http/1.1"}
	}
	u.address = net.JoinHostPort(base.Hostname(), or(port, "80"))
	return u
}

var (
	errProtocol    = errors.New("the upstream's answer is not HTTP as it should be")
	errUnreachable = errors.New("no connection")
)

// ask sends the request and returns the answer's head, and the connection that its body is still on.
//
// A request goes out again, on a new connection, in two cases only: nothing of it had been written when a kept connection failed;
// or the method is a safe one (RFC 9110 section 9.2.1) and not a byte of an answer had come on a kept connection.
// Nothing else is ever sent twice, whatever its headers say.
func (x *exchange) ask() (*http.Response, *conn, error) {
	u := x.gateway.upstream
	deadline := time.Now().Add(u.timeout)
	for {
		c, err := u.connect(x.r.Context(), deadline)
		if err != nil {
			return nil, nil, err
		}
		answer, err := x.converse(c)
		if err == nil {
			return answer, c, nil
		}
		again := c.used && x.stream == nil && (!c.wrote || !c.read && isSafe(x.r.Method)) && x.r.Context().Err() == nil && !errors.Is(err, os.ErrDeadlineExceeded)
		c.close()
		if !again {
			return nil, nil, err
		}
	}
}

func isSafe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions || method == http.MethodTrace
}

// connect returns a kept connection that is still good, or a new one. Its deadline is set.
func (u *upstream) connect(ctx context.Context, deadline time.Time) (*conn, error) {
	for c := u.pool.get(); c != nil; c = u.pool.get() {
		if c.begin(ctx, deadline) && c.alive() {
			return c, nil
		}
		c.close()
	}
	dialing, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	plain, err := u.dialer.DialContext(dialing, "tcp", u.address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnreachable, err)
	}
	secured := plain
	if u.tls != nil {
		session := tls.Client(plain, u.tls)
		if err := session.HandshakeContext(dialing); err != nil {
			plain.Close()
			return nil, fmt.Errorf("%w: %w", errUnreachable, err)
		}
		secured = session
	}
	c := newConn(secured, plain)
	c.begin(ctx, deadline)
	return c, nil
}

// converse writes the request and reads the head of its answer; what comes before that (1xx) is passed on.
func (x *exchange) converse(c *conn) (*http.Response, error) {
	c.out = x.appendHead(c.out[:0])
	if x.stream == nil {
		c.out = append(c.out, x.body...)
	}
	writeErr := c.send(c.out)
	if writeErr == nil && x.stream != nil {
		writeErr = c.sendStream(x.stream, x.length)
		c.extend(x.r.Context(), x.gateway.upstream.timeout)
	}
	if writeErr != nil && !c.wrote {
		return nil, writeErr
	}
	for range maxInformation {
		c.limitHead()
		answer, err := http.ReadResponse(c.reader, x.r)
		if err != nil {
			return nil, errors.Join(err, writeErr)
		}
		c.limited = false
		switch {
		case answer.StatusCode >= http.StatusOK && answer.StatusCode <= 599:
			answer.Close = answer.Close || writeErr != nil
			return answer, nil
		case answer.StatusCode < http.StatusContinue || answer.StatusCode == http.StatusSwitchingProtocols || answer.StatusCode > 599:
			return nil, errProtocol
		}
		x.inform(answer)
	}
	return nil, errProtocol
}

// inform passes an interim answer on (RFC 9110 section 15.2), 100 aside: the body has been read already.
func (x *exchange) inform(answer *http.Response) {
	if answer.StatusCode == http.StatusContinue || x.r.ProtoMinor == 0 && x.r.ProtoMajor == 1 {
		return
	}
	header := x.w.Header()
	copyAnswer(header, answer.Header)
	x.w.WriteHeader(answer.StatusCode)
	for name := range answer.Header {
		delete(header, name)
	}
	delete(header, "Content-Type")
}

// failure words an error of the upstream: 504 where it was too slow, 502 otherwise.
func failure(err error) *validate.Refusal {
	status, reason := http.StatusBadGateway, reasonUnreachable
	var opErr *net.OpError
	var timeout net.Error
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		status, reason = http.StatusGatewayTimeout, reasonTimeout
	case errors.Is(err, errUnreachable):
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &opErr):
		reason = reasonBroken
	default:
		reason = reasonProtocol
	}
	return &validate.Refusal{Status: status, Message: http.StatusText(status), Reason: reason, Cause: err}
}
