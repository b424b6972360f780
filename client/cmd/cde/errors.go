package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/productsupcom/cde/client"
	"github.com/productsupcom/cde/client/login"
)

// usageError is a command line that was not understood.
type usageError struct {
	command string // whose help explains it
	err     error
}

// Error returns what is wrong.
func (e usageError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e usageError) Unwrap() error { return e.err }

// outcome is how the command can end: what scripts read, and the hint that people get.
type outcome struct {
	code    int
	name    string
	meaning string
	hint    string
	is      func(error) bool
}

func anyOf(kinds ...error) func(error) bool {
	return func(err error) bool {
		return slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) })
	}
}

// outcomes are all of them; the first that fits an error is its own. Help, man page and exit codes are made from this.
var outcomes = []outcome{
	{0, "ok", "it is done", "", func(err error) bool { return err == nil }},
	{9, "outcome unknown", "the request was sent and its answer was lost: the change may or may not have been made",
		"the change may have been made: look at the connector before you run this again, unless it only sets a value",
		anyOf(client.ErrOutcomeUnknown)},
	{130, "interrupted", "ended by a signal before anything can have changed", "", anyOf(context.Canceled)},
	{2, "usage", "the command line or the settings file is wrong; nothing was sent", "",
		func(err error) bool { var usage usageError; return errors.As(err, &usage) }},
	{8, "unavailable", "the API or the issuer cannot be reached or cannot answer now; nothing was changed",
		"try again later; --verbose shows every attempt, and --base-url or --profile which API is meant",
		anyOf(client.ErrUnavailable, client.ErrRateLimited, login.ErrUnavailable)},
	{5, "denied", "you may not do this, or sign-in was denied",
		"only the connector's owner or an admin may do this; \"cde auth status\" shows who you are",
		anyOf(client.ErrForbidden, login.ErrDenied)},
	{4, "sign-in needed", "you are not signed in, or no longer",
		"", // names the API, see hint
		anyOf(client.ErrUnauthorized, login.ErrSignInNeeded)},
	{6, "not found", "there is no such connector or version",
		"check the id, the version and, with \"cde auth status\", which API is meant", anyOf(client.ErrNotFound)},
	{7, "rejected", "the request breaks a rule of the API, or the connector's state does not allow it", "",
		anyOf(client.ErrInvalidRequest, client.ErrNotAllowed)},
	{1, "error", "anything else", "", func(error) bool { return true }},
}

func outcomeOf(err error) outcome {
	return outcomes[slices.IndexFunc(outcomes, func(o outcome) bool { return o.is(err) })]
}

// exitCode is what the process ends with.
func exitCode(err error) int { return outcomeOf(err).code }

// exitCodeHelp lists what scripts may lean on.
func exitCodeHelp() string {
	sorted := slices.SortedFunc(slices.Values(outcomes), func(a, b outcome) int { return a.code - b.code })
	var b strings.Builder
	for _, o := range sorted {
		fmt.Fprintf(&b, "  %3d  %-16s %s\n", o.code, o.name, o.meaning)
	}
	return b.String()
}

// report tells a person what went wrong, and what to do about it.
func (a *app) report(err error) {
	o := outcomeOf(err)
	fmt.Fprintf(a.stderr, "%s %s\n", a.color(red, "cde: "+o.name+":"), printable(a.describe(err)))
	var failure *client.Error
	if errors.As(err, &failure) {
		lines := make([]string, 0, len(failure.Fields))
		for name, text := range failure.Fields {
			lines = append(lines, onCommandLine(name)+": "+text)
		}
		for _, line := range slices.Sorted(slices.Values(lines)) {
			a.tell("  %s", line)
		}
		a.reportFacts(failure)
	}
	if hint := a.hint(err, o); hint != "" {
		fmt.Fprintln(a.stderr, a.color(faint, "hint: "+printable(hint)))
	}
}

// describe is one line: the API's own words where it spoke.
func (a *app) describe(err error) string {
	var failure *client.Error
	cause := login.Cause(err)
	switch {
	case exitCode(err) == 130:
		return "nothing was changed"
	case cause != nil:
		return cause.Error()
	case !errors.As(err, &failure):
		return strings.TrimPrefix(err.Error(), "client: ")
	case failure.From == client.FromAPI:
		return fmt.Sprintf("%s (%d)", failure.Message, failure.StatusCode)
	case len(failure.Fields) > 0:
		return failure.Message
	}
	return strings.TrimPrefix(failure.Error(), failure.Operation+": ")
}

// reportFacts tells what the API's operators ask for.
func (a *app) reportFacts(failure *client.Error) {
	if failure.From != client.FromAPI {
		return // its text has them
	}
	if failure.RetryAfter > 0 {
		a.tell("  retry after: %s", failure.RetryAfter)
	}
	if failure.RequestID != "" {
		a.tell("  request id: %s", failure.RequestID)
	}
}

func (a *app) hint(err error, o outcome) string {
	var usage usageError
	var failure *client.Error
	switch {
	case errors.As(err, &failure) && len(failure.Fields) > 0:
		return fmt.Sprintf("%q says what is wanted", a.running+" --help")
	case errors.As(err, &usage):
		return fmt.Sprintf("%q explains it", usage.command+" --help")
	case a.getenv("CDE_TOKEN") != "" && o.code == 4:
		return "CDE_TOKEN is set and beats every sign-in: give it a good token, or unset it and sign in with \"cde login\""
	case errors.Is(err, client.ErrNotAllowed):
		return "the state of this version does not allow it: nothing was changed; try again when the state is another one"
	case errors.Is(err, client.ErrUnexpectedResponse):
		return "something else than the API answered: check --base-url (" + a.config.BaseURL + ") and proxies"
	case o.code == 4 && a.config.Name == "":
		return fmt.Sprintf("sign in with \"cde login --base-url %s\", or set CDE_TOKEN", a.config.BaseURL)
	case o.code == 4:
		return fmt.Sprintf("sign in with \"cde login --profile %s\", or set CDE_TOKEN", a.config.Name)
	}
	return o.hint
}

// onCommandLine is how a field or parameter of the contract is called here: flags have the names of their fields.
func onCommandLine(name string) string {
	switch name {
	case "publicId":
		return "PUBLIC-ID"
	case "connectorVersion":
		return "VERSION"
	}
	return "--" + name
}
