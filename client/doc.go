// Package client is the SDK of the CDE API: a method for each operation, typed results, errors that say who spoke, and
// retries that never make a change twice.
//
//	cde, err := client.New(client.WithToken(token))
//	if err != nil {
//		return err
//	}
//	version, err := cde.UpdateContainerAPIVersion(ctx, connectorID, client.Latest, api.ContainerAPIUpdate{
//		VersionConstraint: "^0.20",
//	})
//
// Make one [Client] and share it: it is safe for concurrent use and keeps its connections. Without [WithBaseURL] it calls
// [Production].
//
// # What is sent
//
// A connector is named by its public id, a UUID of 36 characters, and one of its versions by [Latest], [Main] or
// [Major]; nothing else can get into a path. Bodies are types of package gen/api. Before anything is sent, ids, versions
// and the texts of a body are checked against the contract; what the API would refuse is refused here, with the API's own
// text for each field.
//
// The bearer token is asked for before each attempt: a fixed one of [WithToken], or one of a [TokenSource], which is
// asked once for another when the API answers 401; [CachedTokens] makes one of a function that fetches tokens. Tokens go
// over https, or plain http to this machine only. Redirects are not followed, so neither is the token sent elsewhere nor
// does a PUT become a GET.
//
// # What comes back
//
// Results are decoded into package gen/api. Members and states that this version of the package does not know do no
// harm: states are open strings, and [WithResponseInto] gives the answer as it came, with status, header, request id and
// the number of attempts. An answer that is not what the contract says, in status, media type, JSON or length, is an
// error, never an empty result.
//
// # Errors
//
// A call that fails returns an [*Error]. Its kind is found by errors.Is:
//
//	ErrInvalidRequest      the request is wrong; Error.Fields says where
//	ErrNotAllowed          the connector's state forbids it now
//	ErrUnauthorized        no token, or one that is refused
//	ErrForbidden           not with this connector
//	ErrNotFound            no such connector or version
//	ErrRateLimited         too many requests; Error.RetryAfter says when to come back
//	ErrUnavailable         the API cannot be reached, or cannot answer
//	ErrOutcomeUnknown      the change may or may not have been made
//	ErrUnexpectedResponse  something answered that is not the API, or not as documented
//
// Error.From says who spoke: the API in its documented words, the wire (the network, or something on it that is not the API),
// or this package, which did not send the request or was told to end. A call whose context ends returns the context's error
// too, and ErrOutcomeUnknown if a request was already on its way.
//
// # Retries
//
// A PUT may be repeated without harm, a rollback that was worked on may not; see RFC 9110, section 9.2.2. So:
//
//	what happened                            what the client does
//	no connection: dial, DNS, TLS            repeats the call
//	408, 425, 429, 503 with Retry-After      repeats the call
//	401, and the source has another token    repeats the call once
//	sent, and no answer, or not all of it    repeats a PUT; a rollback is ErrOutcomeUnknown
//	500, 502, 504, 503 without Retry-After   repeats a PUT; a rollback is ErrOutcomeUnknown
//	any other answer                         ends the call
//
// Waits are drawn at random up to a limit that doubles, on top of what Retry-After asks for, as [RetryPolicy] says. A
// Retry-After that is longer than allowed, or that the context's deadline does not leave time for, ends the call at once
// and is in the error. All calls of a client share a budget of retries, so that an API in trouble is left alone.
//
// # Limits
//
// Each attempt has a timeout ([WithAttemptTimeout], 30 s), the call as a whole what its context says; answers have a
// greatest length ([WithMaxResponseBytes], 8 MiB).
//
// # Plugging in
//
// Tracing, metrics, rate limits, proxies and client certificates go into the Transport of the http.Client given to
// [WithHTTPClient], which sees every attempt. [WithLogger] logs attempts at debug level, without tokens, paths or bodies.
package client
