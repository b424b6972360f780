package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// observe writes the answer of a request that failed, then one line for the request and its metrics. A query is
// never logged, for it may hold a token that should not be there.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		if err := next(c); err != nil {
			s.fail(err, c)
		}
		elapsed := time.Since(start)
		current, status := callOf(c.Request().Context()), c.Response().Status
		s.metrics.observe(current, status, elapsed)

		logger, level := s.config.Logger, levelOf(current, status)
		if !logger.Enabled(c.Request().Context(), level) {
			return nil
		}
		attributes := [12]slog.Attr{
			slog.String("method", c.Request().Method),
			slog.String("path", c.Request().URL.Path),
			slog.Int("status", status),
			slog.Float64("duration-ms", float64(elapsed)/float64(time.Millisecond)),
			slog.Int64("bytes", c.Response().Size),
			slog.String("remote", c.RealIP()),
			slog.String("request-id", current.requestID),
		}
		logger.LogAttrs(c.Request().Context(), level, "request", append(attributes[:7], current.attributes()...)...)
		return nil
	}
}

// attributes are what the layers learned: operation, decision about the caller, reason and cause.
func (c *call) attributes() []slog.Attr {
	var attributes []slog.Attr
	if c.operation != nil {
		attributes = append(attributes, slog.String("operation", c.operation.ID))
	}
	switch {
	case c.caller.Subject == "":
	case c.refusal != nil && c.refusal.Reason == reasonDenied:
		attributes = append(attributes, slog.Group("authorization", "granted", false, "subject", c.caller.Subject, "reason", "neither owner nor admin"))
	default:
		attributes = append(attributes, slog.Any("authorization", c.caller))
	}
	if c.refusal != nil {
		attributes = append(attributes, slog.String("reason", c.refusal.Reason))
	}
	if c.cause != nil {
		attributes = append(attributes, slog.Any("cause", c.cause))
	}
	return attributes
}

// levelOf is Error where the operator should look, Warn where the caller should, Debug for probes.
func levelOf(c *call, status int) slog.Level {
	switch {
	case status >= http.StatusInternalServerError:
		return slog.LevelError
	case c.refusal != nil:
		return slog.LevelWarn
	case c.operation == nil:
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// panicked turns a panic into an error that carries its goroutine's stack, at most 4 KiB of it, to the log.
func panicked(_ echo.Context, err error, stack []byte) error {
	return fmt.Errorf("panic: %w\n%s", err, stack)
}
