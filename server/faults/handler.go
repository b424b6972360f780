package faults

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Handler returns a handler that meets requests with the layer's faults, and passes those that get none to next. It must
// be the outermost one: nothing between it and the server may recover from [http.ErrAbortHandler].
func (l *Layer) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rule, hit := l.decide(r)
		if !hit {
			next.ServeHTTP(w, r)
			return
		}
		hold(r)
		var answer lost
		switch {
		case rule.Fault == Truncate || rule.When == After:
			next.ServeHTTP(&answer, r)
			pause(r, rule.Delay)
		case rule.Fault == Slow:
			pause(r, rule.Delay)
			next.ServeHTTP(w, r)
			return
		default:
			pause(r, rule.Delay)
		}
		rule.answer(w, &answer)
	})
}

// hold reads the request's body, but for what exceeds a megabyte, and puts it back. A server that answers before it has
// read a request resets the connection, which is left to [Reset]; and it knows of callers who go only then.
func hold(r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return // and so it stays broken: net/http gives the same error to the next reader
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), r.Body), r.Body}
}

// pause waits, but not for a caller who has gone.
func pause(r *http.Request, d Duration) {
	timer := time.NewTimer(time.Duration(d))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}

// answer gives the caller the fault.
func (r Rule) answer(w http.ResponseWriter, answer *lost) {
	if r.RetryAfter != "" {
		w.Header().Set("Retry-After", r.RetryAfter)
	}
	switch r.Fault {
	case Reset:
		reset(w)
	case Slow:
		answer.send(w, answer.body.Len())
	case Truncate:
		// Without a body there is none to halve: then two bytes are promised.
		w.Header().Set("Content-Length", strconv.Itoa(max(answer.body.Len(), 2)))
		answer.send(w, answer.body.Len()/2)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case Redirect:
		w.Header().Set("Location", orDefault(r.Location, "/"))
		w.WriteHeader(orDefault(r.Status, http.StatusTemporaryRedirect))
	case HTML:
		status := orDefault(r.Status, http.StatusBadGateway)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		title := html.EscapeString(strconv.Itoa(status) + " " + http.StatusText(status))
		_, _ = fmt.Fprintf(w, "<!doctype html><title>%s</title><h1>%s</h1>\n", title, title)
	case Status:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(r.Status)
		body := map[string]any{"message": orDefault(http.StatusText(r.Status), "status "+strconv.Itoa(r.Status))}
		if r.Status == http.StatusBadRequest {
			body["errors"] = []string{}
		}
		_ = json.NewEncoder(w).Encode(body)
	}
}

func orDefault[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// reset ends the connection as a crash would: with a TCP reset, or the reset of the stream where connections are shared.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	raw := conn
	if secure, ok := conn.(*tls.Conn); ok {
		raw = secure.NetConn()
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = raw.Close()
}

// lost is an answer that does not reach its caller, or late, or not whole.
type lost struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header returns the header of the answer.
func (l *lost) Header() http.Header {
	if l.header == nil {
		l.header = http.Header{}
	}
	return l.header
}

// WriteHeader keeps the status.
func (l *lost) WriteHeader(status int) {
	if l.status == 0 && status >= 200 {
		l.status = status
	}
}

// Write keeps the body.
func (l *lost) Write(p []byte) (int, error) {
	l.WriteHeader(http.StatusOK)
	return l.body.Write(p)
}

// send gives the caller the answer with so many bytes of its body.
func (l *lost) send(w http.ResponseWriter, length int) {
	for name, values := range l.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(orDefault(l.status, http.StatusOK))
	_, _ = w.Write(l.body.Bytes()[:length])
}
