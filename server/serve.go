package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Limits of a connection. A header or a body that comes slower than this is given up, while others are served.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 60 * time.Second
	maxHeaderBytes    = 64 << 10
	drainTimeout      = 25 * time.Second
)

var errStopping = errors.New("the server is about to stop")

// serving returns an error once the server is about to stop, so that no new work is sent to it.
func (s *Server) serving(context.Context) error {
	select {
	case <-s.draining:
		return errStopping
	default:
		return nil
	}
}

// Drain turns /readyz red, so that no new work is sent to a server that is about to stop.
func (s *Server) Drain() { s.drain.Do(func() { close(s.draining) }) }

// Serve answers on listener with handler, within the limits of this package, until ctx ends. A request that says in two
// ways where its body ends is answered with 400 and its connection closed. Then it calls drain, takes no
// connection any more, and every request that has begun gets its answer: it returns nil when all are answered, an
// error after 25 seconds.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, logger *slog.Logger, drain func()) error {
	web := &http.Server{
		Handler:           lastIfChunked(handler),
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		// net/http's own answer to OPTIONS * would pass lastIfChunked by.
		DisableGeneralOptionsHandler: true,

		ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(framed{listener}) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := web.Shutdown(grace); err != nil {
		return errors.Join(err, web.Close())
	}
	return nil
}
