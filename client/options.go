package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/productsupcom/cde/gen/apiclient"
)

// Base URLs of the contract.
const (
	Production = apiclient.ServerURLProduction
	Staging    = apiclient.ServerURLStaging
)

// Option changes what [New] makes. An option with a value that cannot work makes New fail.
type Option func(*Client) error

// WithBaseURL sets where the API is; [Production] by default. A path is kept, so that an API behind a prefix can be
// called. Plain http is allowed on loopback only; user, query and fragment are refused.
func WithBaseURL(rawURL string) Option {
	return func(c *Client) error {
		base, err := checkBaseURL(rawURL)
		if err != nil {
			return err
		}
		c.base = base
		return nil
	}
}

// WithToken sends the same token with every request. One that is refused cannot be renewed: see [WithTokenSource].
func WithToken(token string) Option {
	return func(c *Client) error {
		if err := checkToken(token); err != nil {
			return err
		}
		c.tokens = TokenFunc(func(context.Context, string) (string, error) { return token, nil }) // which prints without it
		return nil
	}
}

// WithTokenSource asks source for the token of every attempt. Without it, and without [WithToken], none is sent.
func WithTokenSource(source TokenSource) Option {
	return func(c *Client) error {
		if source == nil {
			return errors.New("token source: nil")
		}
		c.tokens = source
		return nil
	}
}

// WithHTTPClient sends through a copy of client: its Transport is where tracing, rate limits, proxies and certificates
// plug in, once an attempt. The copy follows no redirects; client itself is not changed.
func WithHTTPClient(client *http.Client) Option {
	return func(c *Client) error {
		if client == nil {
			return errors.New("http client: nil")
		}
		c.http = *client
		return nil
	}
}

// WithAttemptTimeout limits each attempt, from connecting to the last byte of the answer; 30 seconds by default.
// The context of a call limits the call as a whole, waiting included.
func WithAttemptTimeout(d time.Duration) Option {
	return func(c *Client) error {
		if d <= 0 {
			return fmt.Errorf("attempt timeout: %s, want more than 0", d)
		}
		c.attemptTimeout = d
		return nil
	}
}

// WithMaxResponseBytes limits the body of an answer, decompressed; 8 MiB by default. A longer one is an
// [ErrUnexpectedResponse].
func WithMaxResponseBytes(n int64) Option {
	return func(c *Client) error {
		if n < 1 {
			return fmt.Errorf("response limit: %d bytes, want at least 1", n)
		}
		c.maxResponse = n
		return nil
	}
}

// WithRetry sets when calls are repeated; see [RetryPolicy]. Fields that are zero keep their default.
func WithRetry(policy RetryPolicy) Option {
	return func(c *Client) error {
		policy, err := policy.withDefaults()
		if err != nil {
			return err
		}
		c.retry = policy
		return nil
	}
}

// WithLogger logs every attempt at debug level: names, numbers and durations, never a token, a path or a body.
// Nothing is logged by default.
func WithLogger(logger *slog.Logger) Option {
	return func(c *Client) error {
		if logger == nil {
			return errors.New("logger: nil")
		}
		c.log = logger
		return nil
	}
}

// WithUserAgent puts product, such as "nightly-sync/1.4", before this package's own in the User-Agent header.
// It must be 1 to 200 printable ASCII characters.
func WithUserAgent(product string) Option {
	return func(c *Client) error {
		if product == "" || len(product) > 200 || strings.ContainsFunc(product, func(r rune) bool { return r < ' ' || r > '~' }) {
			return errors.New("user agent: want 1 to 200 printable ASCII characters")
		}
		c.userAgent = product + " " + userAgent
		return nil
	}
}

// checkBaseURL returns a base URL without a trailing slash. Its errors never show a password.
func checkBaseURL(rawURL string) (string, error) {
	base, err := url.Parse(rawURL)
	switch {
	case err != nil:
		return "", errors.New("base URL: it cannot be read")
	case base.User != nil || base.RawQuery != "" || base.ForceQuery || base.Fragment != "" || base.Opaque != "":
		return "", errors.New("base URL: user, query and fragment are not allowed")
	case base.Hostname() == "":
		return "", fmt.Errorf("base URL %q: no host", base)
	case base.Scheme == "http" && !loopback(base.Hostname()):
		return "", fmt.Errorf("base URL %q: plain http is allowed on loopback only", base)
	case base.Scheme != "http" && base.Scheme != "https":
		return "", fmt.Errorf("base URL %q: want https", base)
	}
	return strings.TrimRight(base.String(), "/"), nil
}

// loopback reports whether a host is this machine: localhost, 127.0.0.0/8 or ::1.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
