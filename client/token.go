package client

import (
	"context"
	"errors"
)

// TokenSource gives the bearer token of each attempt. It must be safe for concurrent use.
type TokenSource interface {
	// Token returns the token to send. If refused is not empty, the API has just answered 401 to it:
	// a source that can get another one does so, once for all calls that wait for it, and returns that;
	// a source that cannot returns refused again, and the call ends with the 401.
	// The context is the call's. An error ends the call; it is wrapped, so it must not tell the token.
	Token(ctx context.Context, refused string) (string, error)
}

// TokenFunc is a function that is a [TokenSource].
type TokenFunc func(ctx context.Context, refused string) (string, error)

// Token calls f.
func (f TokenFunc) Token(ctx context.Context, refused string) (string, error) { return f(ctx, refused) }

// errToken tells nothing of the token that it is about.
var errToken = errors.New("the token is empty or has characters that RFC 6750 section 2.1 does not allow")

// checkToken accepts the b64token of RFC 6750 section 2.1, which cannot break out of its header.
func checkToken(token string) error {
	end := len(token)
	for end > 0 && token[end-1] == '=' {
		end--
	}
	if end == 0 {
		return errToken
	}
	for i := range end {
		switch c := token[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '-', c == '.', c == '_', c == '~', c == '+', c == '/':
		default:
			return errToken
		}
	}
	return nil
}
