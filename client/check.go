package client

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/productsupcom/cde/gen/api"
	"github.com/productsupcom/cde/gen/apiclient"
	"github.com/productsupcom/cde/openapi/format"
)

// checkBody adds to refused what the API would refuse in the request's body, in its words. It looks at texts only: what
// else can be wrong with a body of the right Go type is left to the API.
func checkBody(refused api.FieldErrors, texts []apiclient.Text, request *http.Request) error {
	if len(texts) == 0 {
		return nil
	}
	body, err := request.GetBody()
	if err != nil {
		return err
	}
	var members map[string]any
	if err := json.NewDecoder(body).Decode(&members); err != nil {
		return err
	}
	for _, text := range texts {
		if value, ok := members[text.Name].(string); ok {
			if err := checkText(text, value); err != nil {
				refused[text.Name] = err.Error()
			}
		}
	}
	return nil
}

// checkText returns what the API says of a value that breaks the bounds of a text, nil if it keeps them. A pattern beside
// a format that is known says no more than the format, for tools that do not know it.
func checkText(text apiclient.Text, value string) error {
	check := formats[text.Format]
	switch {
	case text.MinLength > 0 && strings.TrimSpace(value) == "":
		return format.Blank
	case text.MaxLength > 0 && utf8.RuneCountInString(value) > text.MaxLength:
		return format.TooLong(text.MaxLength)
	case check != nil:
		return check(value)
	case text.Pattern != "" && !pattern(text.Pattern).MatchString(value):
		return format.Invalid
	}
	return nil
}

// formats are the checks of the formats that the contract names.
var formats = format.Checks()

// patterns are the compiled patterns of the contract, by their text.
var patterns sync.Map

func pattern(text string) *regexp.Regexp {
	compiled, ok := patterns.Load(text)
	if !ok {
		compiled, _ = patterns.LoadOrStore(text, regexp.MustCompile(text)) // the contract is linted for RE2
	}
	return compiled.(*regexp.Regexp)
}
