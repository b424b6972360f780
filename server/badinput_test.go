package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/productsupcom/cde/server/samples"
	"github.com/productsupcom/cde/server/servertest"
)

// TestBadInput has a row for each way of getting a request wrong. A refusal must cost nothing that was there: at the end
// the connectors are what they were.
func TestBadInput(t *testing.T) {
	s := servertest.New(t)
	client := s.Client(t)
	const blank, invalid, unexpected, noUUID = "This value should not be blank.", "This value is not valid.", "This field was not expected.", "This is not a valid UUID."
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	bodies := []struct{ name, body, answer string }{
		{"missing constraint", `{}`, fieldError("version-constraint", blank)},
		{"null constraint", `{"version-constraint":null}`, fieldError("version-constraint", blank)},
		{"empty constraint", `{"version-constraint":""}`, fieldError("version-constraint", blank)},
		{"blank constraint", `{"version-constraint":" \t\n "}`, fieldError("version-constraint", blank)},
		{"constraint of another type", `{"version-constraint":1}`, fieldError("version-constraint", "This value should be of type string.")},
		{"long constraint", `{"version-constraint":"` + strings.Repeat("1", 256) + `"}`, fieldError("version-constraint", "This value is too long. It should have 255 characters or less.")},
		{"no constraint", `{"version-constraint":"nonsense ^^"}`, fieldError("version-constraint", invalid)},
		{"control character", `{"version-constraint":"^1\u0007"}`, fieldError("version-constraint", invalid)},
		{"empty image", `{"image":"","version-constraint":"^1"}`, fieldError("image", blank)},
		{"blank image", `{"image":"  ","version-constraint":"^1"}`, fieldError("image", blank)},
		{"no image", `{"image":"UPPER/Case:tag","version-constraint":"^1"}`, fieldError("image", invalid)},
		{"long image", `{"image":"` + strings.Repeat("a", 513) + `","version-constraint":"^1"}`, fieldError("image", "This value is too long. It should have 512 characters or less.")},
		{"unknown key", `{"version-constraint":"^1","extra":1}`, fieldError("extra", unexpected)},
		{"key in other case", `{"version-constraint":"^1","Version-Constraint":"^2"}`, fieldError("Version-Constraint", unexpected)},
		{"two fields at once", `{"image":1,"version-constraint":""}`, `{"message":"Bad request.","errors":{"image":"This value should be of type string.","version-constraint":"` + blank + `"}}`},
		{"duplicate key", `{"version-constraint":"^1","version-constraint":"^2"}`, badRequest},
		{"duplicate key, escaped", `{"version-constraint":"^1","version\u002dconstraint":"^2"}`, badRequest},
		{"trailing text", goodBody + `x`, badRequest},
		{"two documents", goodBody + goodBody, badRequest},
		{"byte order mark", "\ufeff" + goodBody, badRequest},
		{"UTF-16", "{\x00}\x00", badRequest},
		{"NaN", `{"version-constraint":NaN}`, badRequest},
		{"comment", `{/*x*/"version-constraint":"^1"}`, badRequest},
		{"invalid UTF-8", "{\"version-constraint\":\"\xff\"}", badRequest},
		{"lone surrogate", `{"version-constraint":"\ud800"}`, badRequest},
		{"NUL", `{"version-constraint":"^1\u0000"}`, badRequest},
		{"too deep", `{"version-constraint":"^1","a":` + deep + `}`, badRequest},
		{"array", `[]`, badRequest},
		{"null", `null`, badRequest},
		{"string", `"x"`, badRequest},
		{"white space", ` `, badRequest},
	}
	for _, row := range bodies {
		t.Run("body/"+row.name, func(t *testing.T) {
			exchange{method: "PUT", path: containerAPI, body: row.body, status: 400, answer: row.answer}.check(t, s, client)
		})
	}
	put := func(e exchange) exchange {
		e.method, e.body = "PUT", goodBody
		if e.path == "" {
			e.path = containerAPI
		}
		return e
	}
	id := func(text string) string { return strings.Replace(containerAPI, samples.ContainerAPI, text, 1) }
	version := func(text string) string { return strings.Replace(containerAPI, "versions/1/", "versions/"+text+"/", 1) }
	var undashed = strings.ReplaceAll(samples.ContainerAPI, "-", "")
	rows := []exchange{
		{name: "empty body", method: "PUT", path: containerAPI, header: map[string]string{"Content-Type": "application/json"}, status: 400, answer: badRequest},
		{name: "body over the limit", method: "PUT", path: containerAPI, body: `{"image":"` + strings.Repeat("a", 70<<10) + `"}`, status: 413, answer: `{"message":"Request Entity Too Large"}`},
		put(exchange{name: "gzip", header: map[string]string{"Content-Encoding": "gzip"}, status: 415, answer: unsupported}),
		put(exchange{name: "no media type", header: map[string]string{"Content-Type": ""}, status: 415, answer: unsupported}),
		put(exchange{name: "wrong media type", header: map[string]string{"Content-Type": "text/plain"}, status: 415, answer: unsupported}),
		put(exchange{name: "malformed media type", header: map[string]string{"Content-Type": "application/json; ="}, status: 415, answer: unsupported}),
		put(exchange{name: "other charset", header: map[string]string{"Content-Type": "application/json; charset=iso-8859-1"}, status: 415, answer: unsupported}),
		put(exchange{name: "capitals are fine", path: version("2"), header: map[string]string{"Content-Type": "APPLICATION/JSON; charset=UTF-8"}, status: 404, answer: noVersion}),
		{name: "body on rollback", method: "POST", path: rollback, body: `{}`, status: 400, answer: badRequest},
		put(exchange{name: "uuid with urn:", path: id("urn:uuid:" + samples.ContainerAPI), status: 400, answer: fieldError("publicId", noUUID)}),
		put(exchange{name: "uuid in braces", path: id("%7B" + samples.ContainerAPI + "%7D"), status: 400, answer: fieldError("publicId", noUUID)}),
		put(exchange{name: "uuid without dashes", path: id(undashed), status: 400, answer: fieldError("publicId", noUUID)}),
		put(exchange{name: "short uuid", path: id(samples.ContainerAPI[:35]), status: 400, answer: fieldError("publicId", noUUID)}),
		put(exchange{name: "long uuid", path: id(samples.ContainerAPI + "0"), status: 400, answer: fieldError("publicId", noUUID)}),
		put(exchange{name: "upper case is the same connector", path: strings.Replace(version("2"), samples.ContainerAPI, strings.ToUpper(samples.ContainerAPI), 1), status: 404, answer: noVersion}),
		put(exchange{name: "version MAIN", path: version("MAIN"), status: 400, answer: fieldError("connectorVersion", invalid)}),
		put(exchange{name: "version 1.0", path: version("1.0"), status: 400, answer: fieldError("connectorVersion", invalid)}),
		put(exchange{name: "version -1", path: version("-1"), status: 400, answer: fieldError("connectorVersion", invalid)}),
		put(exchange{name: "version mainx", path: version("mainx"), status: 400, answer: fieldError("connectorVersion", invalid)}),
		put(exchange{name: "version with a line feed", path: version("1%0a"), status: 400, answer: fieldError("connectorVersion", invalid)}),
		put(exchange{name: "encoded digit is the digit", path: version("%32"), status: 404, answer: noVersion}),
		put(exchange{name: "empty version", path: version(""), status: 404, answer: notFound}),
		put(exchange{name: "encoded slash", path: version("1%2f"), status: 404, answer: notFound}),
		put(exchange{name: "encoded slash, capital", path: version("1%2F1"), status: 404, answer: notFound}),
		put(exchange{name: "dot segment", path: version("."), status: 404, answer: notFound}),
		put(exchange{name: "dot segments", path: version(".."), status: 404, answer: notFound}),
		put(exchange{name: "encoded dot segments", path: version("%2e%2e"), status: 404, answer: notFound}),
		put(exchange{name: "double slash", path: "/" + containerAPI, status: 404, answer: notFound}),
		put(exchange{name: "trailing slash", path: containerAPI + "/", status: 404, answer: notFound}),
		put(exchange{name: "backslash", path: version(`1%5c`), status: 404, answer: notFound}),
		put(exchange{name: "two fields of the path", path: strings.Replace(version("x"), samples.ContainerAPI, "y", 1), status: 400,
			answer: `{"message":"Bad request.","errors":{"connectorVersion":"` + invalid + `","publicId":"` + noUUID + `"}}`}),
		put(exchange{name: "token in the query", token: "-", path: containerAPI + "?access_token=secret", status: 401, answer: unauthorized}),
		put(exchange{name: "scheme of the token in lower case", path: version("2"), status: 404, answer: noVersion,
			token: "-", header: map[string]string{"Authorization": "bearer " + s.Token("owner")}}),
		{name: "token before media type", method: "PUT", path: containerAPI, body: "x", token: "-", header: map[string]string{"Content-Type": "text/plain"}, status: 401, answer: unauthorized},
		{name: "token before parameters", method: "POST", path: strings.Replace(rollback, samples.Rollback, "x", 1), token: "-", status: 401, answer: unauthorized},
		put(exchange{name: "parameters before the connector", path: id("x"), token: "stranger", status: 400}),
		{name: "method override is ignored", method: "POST", path: containerAPI, body: goodBody, header: map[string]string{"X-HTTP-Method-Override": "PUT"}, status: 405, answer: `{"message":"Method Not Allowed"}`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) { row.check(t, s, client) })
	}
	t.Run("long target", func(t *testing.T) { // refused before its route is looked at, so no operation declares it
		exchange{method: "PUT", path: containerAPI + "?" + strings.Repeat("a", 9<<10), status: 414, answer: `{"message":"Request URI Too Long"}`}.
			check(t, s, http.DefaultClient)
	})
	t.Run("nothing was changed", func(t *testing.T) {
		if events := countEvents(t, s); events != 0 {
			t.Errorf("%d events", events)
		}
	})
}

// TestManyBadFieldsAreBounded: a refusal names at most twenty fields, and none with more than a hundred characters.
func TestManyBadFieldsAreBounded(t *testing.T) {
	s := servertest.New(t)
	var body strings.Builder
	body.WriteString(`{"version-constraint":"^1"`)
	for i := range 100 {
		fmt.Fprintf(&body, `,"%s%d":"secret"`, strings.Repeat("ä", 150), i)
	}
	body.WriteString("}")
	response, answer := exchange{method: "PUT", path: containerAPI, body: body.String()}.send(t, s, s.Client(t))
	if response.StatusCode != http.StatusBadRequest || strings.Count(answer, "This field was not expected.") > 20 || len(answer) > 10<<10 {
		t.Errorf("status %d, %d bytes: %s", response.StatusCode, len(answer), answer)
	}
	if strings.Contains(answer, "secret") {
		t.Error("the answer holds a value of the request")
	}
}

// TestDeclaredFieldsAreNamedFirst: names of the caller's own making do not hide what is wrong with declared ones.
func TestDeclaredFieldsAreNamedFirst(t *testing.T) {
	s := servertest.New(t)
	client := s.Client(t)
	for _, unknown := range []int{25, 150, 1000} {
		var body strings.Builder
		body.WriteString(`{"image":1`)
		for i := range unknown {
			fmt.Fprintf(&body, `,"a%d":1`, i)
		}
		body.WriteString("}")
		response, answer := exchange{method: "PUT", path: containerAPI, body: body.String()}.send(t, s, client)
		if response.StatusCode != http.StatusBadRequest || strings.Count(answer, "This field was not expected.") != 18 ||
			!strings.Contains(answer, `"image":"This value should be of type string."`) || !strings.Contains(answer, `"version-constraint":"This value should not be blank."`) {
			t.Errorf("%d unknown: status %d: %s", unknown, response.StatusCode, answer)
		}
	}
}

// countEvents counts all events of the samples.
func countEvents(t *testing.T, s *servertest.Server) int {
	t.Helper()
	count := 0
	for found, err := range s.Store.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		for _, version := range found.Versions {
			for _, err := range s.Store.History(t.Context(), found.PublicID, version.Number, 0) {
				if err != nil {
					t.Fatal(err)
				}
				count++
			}
		}
	}
	return count
}
