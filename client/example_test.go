package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/productsupcom/cde/client"
	"github.com/productsupcom/cde/gen/api"
)

// A whole program: set the Container API of a connector's newest version.
func Example() {
	cde, err := client.New(client.WithBaseURL(baseURL), client.WithToken(ownerToken))
	if err != nil {
		fmt.Println(err)
		return
	}
	version, err := cde.UpdateContainerAPIVersion(context.Background(), "497f6eca-6276-4993-bfeb-53cbbbba6f08", client.Latest, api.ContainerAPIUpdate{
		Image:             new("test.domain.docker/test/container-api-image:1.0.0"),
		VersionConstraint: "^0.20",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(version.Name, version.Version, version.State)
	fmt.Println(version.Config.Execution.ContainerAPIImage)
	// Output:
	// kohler.org 1.0.0 updating
	// test.domain.docker/test/container-api-image:1.0.0
}

// Options are checked when the client is made, not when it is used.
func ExampleNew() {
	_, err := client.New(client.WithBaseURL("http://cde.example"))
	fmt.Println(err)
	_, err = client.New(
		client.WithBaseURL(client.Staging),
		client.WithToken(ownerToken),
		client.WithUserAgent("nightly-sync/1.4"),
		client.WithAttemptTimeout(10*time.Second),
		client.WithRetry(client.RetryPolicy{MaxAttempts: 6, MaxRetryAfter: time.Minute}),
	)
	fmt.Println(err)
	// Output:
	// client: base URL "http://cde.example": plain http is allowed on loopback only
	// <nil>
}

// Without an image the platform's default one runs.
func ExampleClient_UpdateContainerAPIVersion() {
	cde, _ := client.New(client.WithBaseURL(baseURL), client.WithToken(ownerToken))
	version, err := cde.UpdateContainerAPIVersion(context.Background(), "497f6eca-6276-4993-bfeb-53cbbbba6f08", client.Major(1),
		api.ContainerAPIUpdate{VersionConstraint: "^1.2 || ^2"})
	if err != nil {
		fmt.Println(err)
		return
	}
	asked := version.Config.Execution.ContainerAPI
	fmt.Println(asked.VersionConstraint, asked.Image == nil)
	// Output: ^1.2 || ^2 true
}

// A rollback is not repeated when its answer is lost: look before you do it again.
func ExampleClient_RollbackMigration() {
	cde, _ := client.New(client.WithBaseURL(baseURL), client.WithToken(ownerToken))
	version, err := cde.RollbackMigration(context.Background(), "019e16f4-2b5c-7d3a-9f10-6c1a4e8b7d21", client.Main)
	switch {
	case errors.Is(err, client.ErrOutcomeUnknown):
		fmt.Println("look at the connector before you repeat this:", err)
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println("back on executable", version.Config.Migration.LegacyExecutable)
	}
	// Output: back on executable 24
}

// What is wrong with a request is said for each field, by this package if it can be known before sending, else by the API.
func ExampleError() {
	cde, _ := client.New(client.WithBaseURL(baseURL), client.WithToken(ownerToken))
	_, err := cde.UpdateContainerAPIVersion(context.Background(), "497f6eca-6276-4993-bfeb-53cbbbba6f08", client.Latest,
		api.ContainerAPIUpdate{Image: new("No/Capitals"), VersionConstraint: ""})
	var failure *client.Error
	if errors.As(err, &failure) {
		fmt.Println(failure.From, failure.Message)
		fmt.Println("image:", failure.Fields["image"])
		fmt.Println("version-constraint:", failure.Fields["version-constraint"])
	}
	// Output:
	// client Bad request.
	// image: This value is not valid.
	// version-constraint: This value should not be blank.
}

// Kinds of errors are told apart with errors.Is.
func ExampleError_kinds() {
	try := func(token, connector string, version client.Version) {
		cde, _ := client.New(client.WithBaseURL(baseURL), client.WithToken(token))
		_, err := cde.RollbackMigration(context.Background(), connector, version)
		var failure *client.Error
		errors.As(err, &failure)
		switch {
		case errors.Is(err, client.ErrForbidden):
			fmt.Println("forbidden:", failure.Message)
		case errors.Is(err, client.ErrNotFound):
			fmt.Println("not found:", failure.Message)
		case errors.Is(err, client.ErrNotAllowed):
			fmt.Println("not allowed:", failure.Message)
		case errors.Is(err, client.ErrUnavailable):
			fmt.Println("try again after", failure.RetryAfter)
		}
	}
	try(strangerToken, "497f6eca-6276-4993-bfeb-53cbbbba6f08", client.Latest)
	try(ownerToken, "497f6eca-6276-4993-bfeb-53cbbbba6f08", client.Major(9))
	try(ownerToken, "497f6eca-6276-4993-bfeb-53cbbbba6f08", client.Latest)
	// Output:
	// forbidden: Access denied for user.
	// not found: Connector does not have specified version.
	// not allowed: Operation is only allowed for connectors that were previously synchronized to production
}

// An error is a group of attributes in a structured log.
func ExampleError_LogValue() {
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	cde, _ := client.New(client.WithBaseURL(baseURL))
	_, err := cde.RollbackMigration(context.Background(), "not-an-id", client.Latest)
	log.Error("rollback", "error", err)
	// Output: level=ERROR msg=rollback error.operation=RollbackMigration error.from=client error.message="Bad request." error.attempts=0 error.fields="map[publicId:This is not a valid UUID.]" error.kinds="[invalid request]"
}

// A source gives another token when the API refuses one. Here the first has been revoked.
func ExampleWithTokenSource() {
	source := client.TokenFunc(func(ctx context.Context, refused string) (string, error) {
		if refused == "" {
			return "revoked", nil // from a cache
		}
		return ownerToken, nil // from the identity provider
	})
	cde, _ := client.New(client.WithBaseURL(baseURL), client.WithTokenSource(source))
	var response client.Response
	_, err := cde.RollbackMigration(context.Background(), "019e16f4-2b5c-7d3a-9f10-6c1a4e8b7d21", client.Latest, client.WithResponseInto(&response))
	fmt.Println(err, response.Attempts)
	// Output: <nil> 2
}

// Tokens are kept until they expire or are refused, and fetched once for all calls that wait.
func ExampleCachedTokens() {
	source := client.CachedTokens(func(ctx context.Context) (string, time.Time, error) {
		fmt.Println("fetching")
		return ownerToken, time.Now().Add(time.Hour), nil // from the identity provider
	})
	cde, _ := client.New(client.WithBaseURL(baseURL), client.WithTokenSource(source))
	for range 2 {
		_, err := cde.RollbackMigration(context.Background(), "019e16f4-2b5c-7d3a-9f10-6c1a4e8b7d21", client.Latest)
		fmt.Println(err)
	}
	// Output:
	// fetching
	// <nil>
	// <nil>
}

// oauth2TokenSource has the method of golang.org/x/oauth2's TokenSource.
type oauth2TokenSource struct{}

func (oauth2TokenSource) Token() (*struct{ AccessToken string }, error) {
	return &struct{ AccessToken string }{ownerToken}, nil
}

// A token source of golang.org/x/oauth2 is made to fit by a few lines, without this package depending on it.
func ExampleTokenFunc() {
	var source oauth2TokenSource // for example config.TokenSource(ctx, token)
	cde, _ := client.New(client.WithBaseURL(baseURL), client.WithTokenSource(client.TokenFunc(
		func(context.Context, string) (string, error) {
			token, err := source.Token()
			if err != nil {
				return "", err
			}
			return token.AccessToken, nil
		})))
	_, err := cde.RollbackMigration(context.Background(), "019e16f4-2b5c-7d3a-9f10-6c1a4e8b7d21", client.Latest)
	fmt.Println(err)
	// Output: <nil>
}

// The answer as it came has what the types of this package do not know yet.
func ExampleWithResponseInto() {
	cde, _ := client.New(client.WithBaseURL(baseURL), client.WithToken(ownerToken))
	var response client.Response
	_, err := cde.RollbackMigration(context.Background(), "019e16f4-2b5c-7d3a-9f10-6c1a4e8b7d21", client.Latest, client.WithResponseInto(&response))
	if err != nil {
		fmt.Println(err)
		return
	}
	var members struct {
		Data map[string]json.RawMessage `json:"data"`
	}
	_ = json.Unmarshal(response.Body, &members)
	fmt.Println(response.StatusCode, response.Attempts, response.RequestID != "", len(members.Data))
	// Output: 200 1 true 14
}

// limiter has the method of golang.org/x/time/rate's Limiter.
type limiter struct{ waits int }

func (l *limiter) Wait(context.Context) error { l.waits++; return nil }

// limited is a transport that waits for its turn.
type limited struct {
	limiter *limiter
	next    http.RoundTripper
}

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := l.limiter.Wait(r.Context()); err != nil {
		return nil, err
	}
	return l.next.RoundTrip(r)
}

// Rate limits, tracing and metrics are transports around each attempt; with OpenTelemetry it would be
// otelhttp.NewTransport(http.DefaultTransport).
func ExampleWithHTTPClient() {
	var limit limiter
	cde, _ := client.New(client.WithBaseURL(baseURL), client.WithToken(ownerToken),
		client.WithHTTPClient(&http.Client{Transport: limited{&limit, http.DefaultTransport}}))
	for range 3 {
		_, err := cde.RollbackMigration(context.Background(), "019e16f4-2b5c-7d3a-9f10-6c1a4e8b7d21", client.Latest)
		fmt.Println(err)
	}
	fmt.Println(limit.waits, "waits")
	// Output:
	// <nil>
	// <nil>
	// <nil>
	// 3 waits
}

// A context limits a call as a whole, with all its attempts and waits.
func ExampleWithAttemptTimeout() {
	cde, _ := client.New(client.WithBaseURL(baseURL), client.WithToken(ownerToken), client.WithAttemptTimeout(5*time.Second))
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_, err := cde.RollbackMigration(ctx, "019e16f4-2b5c-7d3a-9f10-6c1a4e8b7d21", client.Latest)
	fmt.Println(err, errors.Is(err, context.DeadlineExceeded))
	// Output: <nil> false
}

// Attempts are logged at debug level, without secrets.
func ExampleWithLogger() {
	var log strings.Builder
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cde, _ := client.New(client.WithBaseURL(baseURL), client.WithToken(ownerToken), client.WithLogger(logger))
	_, _ = cde.RollbackMigration(context.Background(), "019e16f4-2b5c-7d3a-9f10-6c1a4e8b7d21", client.Latest)
	fmt.Println(strings.Contains(log.String(), "msg=attempt operation=RollbackMigration method=POST attempt=1"))
	fmt.Println(strings.Contains(log.String(), ownerToken))
	// Output:
	// true
	// false
}

// Versions of a command line or a form are read with ParseVersion.
func ExampleParseVersion() {
	for _, text := range []string{"latest", "main", "2", "2.0.0"} {
		version, err := client.ParseVersion(text)
		fmt.Println(version, err)
	}
	// Output:
	// latest <nil>
	// main <nil>
	// 2 <nil>
	// invalid invalid request: connectorVersion "2.0.0": want latest, main or a major version number like 1
}
