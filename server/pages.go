package server

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/productsupcom/cde/openapi"
)

// pages mounts what stands beside the API: the contract in both forms, health, the metadata of RFC 9728, and the pages
// of the configuration.
func (s *Server) pages() error {
	contract, err := contractJSON(openapi.YAML)
	if err != nil {
		return fmt.Errorf("server: the contract as JSON: %w", err)
	}
	s.page("/openapi.yaml", document("application/yaml", openapi.YAML))
	s.page("/openapi.json", document("application/json", contract))
	s.page("/healthz", func(c echo.Context) error { return c.JSON(http.StatusOK, health{Status: "ok"}) })
	s.page("/readyz", s.readyz)
	s.page("/.well-known/oauth-protected-resource", echo.WrapHandler(s.config.Authenticator.Metadata()))
	for prefix, handler := range s.config.Pages {
		wrapped := echo.WrapHandler(handler)
		s.echo.Any(prefix, wrapped)
		if folder, ok := strings.CutSuffix(prefix, "/"); ok {
			s.echo.Any(prefix+"*", wrapped)
			s.page(folder, func(c echo.Context) error { return c.Redirect(http.StatusMovedPermanently, prefix) })
		}
	}
	return nil
}

// page mounts what is read: by GET, and by HEAD, whose answer net/http cuts off behind the head.
func (s *Server) page(path string, handler echo.HandlerFunc) {
	s.echo.Match([]string{http.MethodGet, http.MethodHead}, path, handler)
}

func document(mediaType string, content []byte) echo.HandlerFunc {
	return func(c echo.Context) error { return c.Blob(http.StatusOK, mediaType, content) }
}

// health is the body of /healthz and /readyz: the parts that are not ready, by name. Causes are in the log.
type health struct {
	Status  string   `json:"status"`
	Waiting []string `json:"waiting,omitempty"`
}

// readyTimeout bounds the probes of /readyz together.
const readyTimeout = 3 * time.Second

// readyz answers 200 when a request could be served now, 503 when the store cannot commit, tokens cannot be checked or
// the server is about to stop.
func (s *Server) readyz(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), readyTimeout)
	defer cancel()
	report := health{Status: "ready"}
	for _, part := range []struct {
		name  string
		ready func(context.Context) error
	}{
		{"server", s.serving},
		{"store", s.config.Store.Ready},
		{"issuer", s.config.Authenticator.Ready},
	} {
		if err := part.ready(ctx); err != nil {
			s.config.Logger.Warn("not ready", "part", part.name, "cause", err)
			report.Status, report.Waiting = "not ready", append(report.Waiting, part.name)
		}
	}
	if len(report.Waiting) > 0 {
		return c.JSON(http.StatusServiceUnavailable, report)
	}
	return c.JSON(http.StatusOK, report)
}
