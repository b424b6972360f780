package validate

import (
	"fmt"
	"net/http"
)

const (
	// DefaultBodyLimit is the largest request body that is read, in bytes.
	DefaultBodyLimit = 64 << 10
	// DefaultMaxDepth is how deep arrays and objects may nest in JSON.
	DefaultMaxDepth = 32
)

// Option changes a Validator under construction.
type Option func(*settings) error

type settings struct {
	formats   map[string]format
	bodyLimit int64
	maxDepth  int
	auth      AuthFunc
	refused   func(*http.Request, *Operation, *Refusal)
	unknown   func(name string) // nil: a format that nobody knows stops New
}

// AuthFunc answers who calls. It runs on secured operations, after routing and
// before anything else of the request is looked at. It returns the request to go on
// with (the same, or one that carries the caller), or the refusal.
type AuthFunc func(*http.Request, *Operation) (*http.Request, *Refusal)

// WithFormats adds checks for string formats, by the name that the contract
// uses. A check returns nil when the value is of that format; it is called with
// strings that are only valid during the call. A check replaces a built-in one
// of the same name (uuid, date, date-time, byte, email, ipv4, ipv6).
func WithFormats(checks map[string]func(string) error) Option {
	return func(s *settings) error {
		for name, check := range checks {
			if check == nil {
				return fmt.Errorf("validate: format %q has no check", name)
			}
			s.formats[name] = func(v []byte) bool { return check(view(v)) == nil }
		}
		return nil
	}
}

// WithUncheckedFormats names string formats of the contract that are accepted
// without a check. Without it a format that nobody knows stops New.
func WithUncheckedFormats(names ...string) Option {
	return func(s *settings) error {
		for _, name := range names {
			s.formats[name] = nil
		}
		return nil
	}
}

// WithUnknownFormats accepts string formats that nobody knows without a check, for
// contracts of somebody else's. New calls seen with the name of each, once.
func WithUnknownFormats(seen func(name string)) Option {
	return func(s *settings) error {
		s.unknown = seen
		return nil
	}
}

// WithBodyLimit sets the largest request body that is read, in bytes; the
// default is DefaultBodyLimit.
func WithBodyLimit(n int64) Option {
	return func(s *settings) error {
		if n <= 0 {
			return fmt.Errorf("validate: body limit %d: want more than 0", n)
		}
		s.bodyLimit = n
		return nil
	}
}

// WithMaxDepth sets how deep arrays and objects may nest in JSON, 1 to 1000; the
// default is DefaultMaxDepth.
func WithMaxDepth(n int) Option {
	return func(s *settings) error {
		if n < 1 || n > 1000 {
			return fmt.Errorf("validate: depth %d: want 1 to 1000", n)
		}
		s.maxDepth = n
		return nil
	}
}

// WithAuth sets what Middleware asks about the caller of a secured operation.
// Without it, New refuses nothing but Middleware lets everybody through.
func WithAuth(auth AuthFunc) Option {
	return func(s *settings) error {
		s.auth = auth
		return nil
	}
}

// WithRefused sets a function that Middleware calls before it writes a refusal,
// for logs and metrics. The operation is nil when the request names none.
func WithRefused(refused func(*http.Request, *Operation, *Refusal)) Option {
	return func(s *settings) error {
		s.refused = refused
		return nil
	}
}
