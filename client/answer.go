package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"unicode"

	"github.com/productsupcom/cde/gen/api"
)

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
	broken error // why the body is not whole
}

// requestID returns the API's id of the request, cut to what an id can be.
func (a *answer) requestID() string { return clean(a.header.Get("X-Request-Id"), 128) }

// failure reads an answer that is not a success: in the API's words if it has its shape, else in ours.
func (c *call) failure(answer *answer) *Error {
	failure := &Error{From: FromWire, StatusCode: answer.status, RequestID: answer.requestID()}
	failure.RetryAfter, _ = parseRetryAfter(answer.header, c.client.clock.now())
	var words struct {
		Message string          `json:"message"`
		Errors  api.FieldErrors `json:"errors"`
	}
	err := answer.broken
	if err == nil {
		err = checkJSON(answer.header)
	}
	if err == nil {
		err = json.Unmarshal(answer.body, &words)
	}
	if err == nil && words.Message == "" {
		err = errors.New("no message")
	}
	if err != nil {
		failure.Message, failure.cause = http.StatusText(answer.status), err
		failure.Body = answer.body[:min(len(answer.body), bodyInError)]
		return failure
	}
	failure.From, failure.Message = FromAPI, clean(words.Message, 1000)
	for name, text := range words.Errors {
		if failure.Fields == nil {
			failure.Fields = make(map[string]string, len(words.Errors))
		}
		failure.Fields[clean(name, 200)] = clean(text, 1000)
	}
	return failure
}

// checkJSON returns an error unless the media type is the contract's.
func checkJSON(header http.Header) error {
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return fmt.Errorf("media type %q, want application/json", clean(header.Get("Content-Type"), 100))
	}
	return nil
}

// clean makes text from the network fit for one line of a terminal or a log, at most so many bytes.
func clean(text string, most int) string {
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}
