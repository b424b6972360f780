package auth

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
)

type callerKey struct{}

// Middleware lets a request with a good token through to next, which finds its caller by [CallerFrom]. Every other request is
// answered as the documentation of the API says. Each decision is one line in the log.
func (a *Authenticator) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, err := a.Authenticate(r)
		if err != nil {
			a.log(r, err)
			var refusal *Error
			if errors.As(err, &refusal) {
				refusal.WriteHTTP(w)
			}
			return
		}
		a.log(r, caller)
		next.ServeHTTP(w, r.WithContext(WithCaller(r.Context(), caller)))
	})
}

// log writes the decision. The query stays out: it might hold a token.
func (a *Authenticator) log(r *http.Request, decision any) {
	a.config.Logger.LogAttrs(r.Context(), slog.LevelInfo, "authorisation",
		slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Any("decision", decision))
}

// WithCaller gives a context that CallerFrom reads.
func WithCaller(ctx context.Context, caller Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

// CallerFrom gives the caller that Middleware, or whoever used WithCaller, left in ctx.
func CallerFrom(ctx context.Context) (Caller, bool) {
	caller, ok := ctx.Value(callerKey{}).(Caller)
	return caller, ok
}
