package server

import (
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"golang.org/x/time/rate"

	"github.com/productsupcom/cde/server/validate"
)

// maxURI is the longest request target that is looked at, in bytes.
const maxURI = 8 << 10

// bound refuses request targets that are too long to be looked at.
func bound(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if len(c.Request().RequestURI) > maxURI {
			return echo.NewHTTPError(http.StatusRequestURITooLong)
		}
		return next(c)
	}
}

// name notes which operation echo's route belongs to, and refuses a path that another reader could take for a different
// one: encoded slashes, dot segments, empty segments, backslashes.
func (s *Server) name(operation *validate.Operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if refusal := validate.CheckPath(c.Request().URL); refusal != nil {
				return refusal
			}
			callOf(c.Request().Context()).operation = operation
			return next(c)
		}
	}
}

// authenticate asks who calls, before anything else of the request is looked at.
func (s *Server) authenticate(operation *validate.Operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if !operation.Secured() {
				return next(c)
			}
			caller, err := s.config.Authenticator.Authenticate(c.Request())
			if err != nil {
				return err
			}
			callOf(c.Request().Context()).caller = caller
			return next(c)
		}
	}
}

// newLimiter counts the requests of each caller; nil without a limit.
func newLimiter(perSecond float64) middleware.RateLimiterStore {
	if perSecond <= 0 {
		return nil
	}
	return middleware.NewRateLimiterMemoryStoreWithConfig(middleware.RateLimiterMemoryStoreConfig{
		Rate:      rate.Limit(perSecond),
		Burst:     int(math.Ceil(2 * perSecond)),
		ExpiresIn: time.Minute,
	})
}

// throttle refuses a caller who asks too often, where a limit is set. All operations share one count.
func (s *Server) throttle(*validate.Operation) echo.MiddlewareFunc {
	if s.limiter == nil {
		return func(next echo.HandlerFunc) echo.HandlerFunc { return next }
	}
	wait := strconv.Itoa(int(math.Ceil(1 / s.config.RateLimit)))
	refusal := &validate.Refusal{
		Status:  http.StatusTooManyRequests,
		Message: http.StatusText(http.StatusTooManyRequests),
		Header:  http.Header{"Retry-After": {wait}},
		Reason:  "rate",
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if allowed, err := s.limiter.Allow(callOf(c.Request().Context()).caller.Subject); err != nil || !allowed {
				return refusal
			}
			return next(c)
		}
	}
}

// validate holds the request against the contract. What the handler then decodes is what was checked.
func (s *Server) validate(operation *validate.Operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			param := c.Param
			if c.Request().URL.RawPath != "" {
				param = decodedParam(c)
			}
			defer validate.Release(c.Request())
			if refusal := operation.CheckRequest(c.Request(), param); refusal != nil {
				return refusal
			}
			return next(c)
		}
	}
}

// decodedParam returns path parameters decoded: echo leaves them encoded when the path was.
func decodedParam(c echo.Context) func(string) string {
	return func(name string) string {
		value, err := url.PathUnescape(c.Param(name))
		if err != nil {
			return c.Param(name)
		}
		return value
	}
}

// echoPath writes a path of the contract as echo does.
func echoPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}
