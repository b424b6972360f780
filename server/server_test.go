package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/productsupcom/cde/server/samples"
	"github.com/productsupcom/cde/server/servertest"
)

const (
	containerAPI = "/connectors/" + samples.ContainerAPI + "/versions/1/execution-config/container-api"
	rollback     = "/connectors/" + samples.Rollback + "/versions/1/migration/rollback"
	goodBody     = `{"image":"test.domain.docker/test/container-api-image:1.0.0","version-constraint":"^0.20"}`
)

// exchange is one request and what is asked of its answer.
type exchange struct {
	name   string
	method string
	path   string
	token  string // a persona; "-" for none; default owner
	body   string
	header map[string]string // "" takes a header away

	status int
	answer string // the whole body; "" for any
	asks   map[string]string
}

// send sends the request and returns the answer with its body.
func (e exchange) send(t testing.TB, s *servertest.Server, client *http.Client) (*http.Response, string) {
	t.Helper()
	var body io.Reader
	if e.body != "" {
		body = strings.NewReader(e.body)
	}
	request, err := http.NewRequestWithContext(t.Context(), e.method, s.URL+e.path, body)
	if err != nil {
		t.Fatal(err)
	}
	if e.body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if e.token == "" {
		e.token = "owner"
	}
	if e.token != "-" {
		request.Header.Set("Authorization", "Bearer "+s.Token(e.token))
	}
	for name, value := range e.header {
		request.Header.Set(name, value)
		if value == "" {
			request.Header.Del(name)
		}
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(content)
}

// check sends the request and compares.
func (e exchange) check(t *testing.T, s *servertest.Server, client *http.Client) {
	t.Helper()
	response, body := e.send(t, s, client)
	if response.StatusCode != e.status {
		t.Errorf("status %d, want %d: %s", response.StatusCode, e.status, body)
	}
	if e.answer != "" && body != e.answer {
		t.Errorf("body %s\nwant %s", body, e.answer)
	}
	for name, want := range e.asks {
		if got := response.Header.Get(name); !regexp.MustCompile("^(" + want + ")$").MatchString(got) {
			t.Errorf("%s: %q, want %s", name, got, want)
		}
	}
	if response.Header.Get("X-Request-Id") == "" {
		t.Error("no request id")
	}
}

// TestAnswersOfTheExamples asks for what the seeds' curl commands ask for and compares bytes, timestamps aside: the same
// members in the documented order.
func TestAnswersOfTheExamples(t *testing.T) {
	s := servertest.New(t)
	client := s.Client(t)
	_, contract := exchange{method: "GET", path: "/openapi.json", token: "-"}.send(t, s, client)
	for _, row := range []struct {
		exchange
		template string
	}{
		{exchange{method: "PUT", path: containerAPI, body: goodBody}, "/connectors/{publicId}/versions/{connectorVersion}/execution-config/container-api"},
		{exchange{method: "POST", path: rollback}, "/connectors/{publicId}/versions/{connectorVersion}/migration/rollback"},
	} {
		response, got := row.send(t, s, client)
		if response.StatusCode != http.StatusOK {
			t.Fatalf("%s: status %d: %s", row.path, response.StatusCode, got)
		}
		want := string(member(t, []byte(contract), "paths", row.template, strings.ToLower(row.method), "responses", "200", "content", "application/json", "example"))
		if timeless(got) != timeless(want) {
			t.Errorf("%s:\n%s\nwant\n%s", row.path, timeless(got), timeless(want))
		}
	}
}

// member returns the raw JSON at a path of member names.
func member(t *testing.T, document []byte, path ...string) json.RawMessage {
	t.Helper()
	for _, name := range path {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(document, &object); err != nil {
			t.Fatal(err)
		}
		if object[name] == nil {
			t.Fatalf("no member %s", name)
		}
		document = object[name]
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, document); err != nil {
		t.Fatal(err)
	}
	return compact.Bytes()
}

var timestamp = regexp.MustCompile(`"updated-at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d"`)

func timeless(body string) string { return timestamp.ReplaceAllString(body, `"updated-at":"…"`) }

const (
	unauthorized = `{"message":"You have to be authorized to access this resource."}`
	forbidden    = `{"message":"Access denied for user."}`
	noVersion    = `{"message":"Connector does not have specified version."}`
	noConnector  = `{"message":"Connector not found."}`
	notFound     = `{"message":"Not Found"}`
	badRequest   = `{"message":"Bad request.","errors":[]}`
	unsupported  = `{"message":"Unsupported Media Type"}`
)

func fieldError(name, text string) string {
	return `{"message":"Bad request.","errors":{"` + name + `":"` + text + `"}}`
}

// TestDocumentedAnswers produces every documented answer of both operations through HTTP.
func TestDocumentedAnswers(t *testing.T) {
	s := servertest.New(t)
	client := s.Client(t)
	unknown := strings.Replace(containerAPI, samples.ContainerAPI, "00000000-0000-4000-8000-000000000000", 1)
	version := func(path, name string) string { return strings.Replace(path, "versions/1/", "versions/"+name+"/", 1) }
	rows := []exchange{
		{name: "served", status: 200},
		{name: "served for an admin", token: "admin", status: 200},
		{name: "latest", path: "latest", status: 200},
		{name: "main", path: "main", status: 200},
		{name: "no token", token: "-", status: 401, answer: unauthorized, asks: map[string]string{"WWW-Authenticate": `Bearer.*resource_metadata=.*`}},
		{name: "bad token", header: map[string]string{"Authorization": "Bearer x.y.z"}, status: 401, answer: unauthorized, asks: map[string]string{"WWW-Authenticate": `Bearer.*error="invalid_token".*`}},
		{name: "stranger", token: "stranger", status: 403, answer: forbidden},
		{name: "integrator", token: "integrator", status: 403, answer: forbidden},
		{name: "no such version", path: "2", status: 404, answer: noVersion},
		{name: "version 0", path: "0", status: 404, answer: noVersion},
		{name: "version 01", path: "01", status: 404, answer: noVersion},
		{name: "version of forty digits", path: strings.Repeat("9", 40), status: 404, answer: noVersion},
		{name: "version outside the pattern", path: "1.0.5", status: 400, answer: fieldError("connectorVersion", "This value is not valid.")},
		{name: "a stranger learns of no version", path: "2", token: "stranger", status: 403, answer: forbidden},
	}
	for _, operation := range []exchange{{method: "PUT", path: containerAPI, body: goodBody}, {method: "POST", path: rollback}} {
		for _, row := range rows {
			row.method, row.body = operation.method, operation.body
			if row.path != "" {
				row.path = version(operation.path, row.path)
			} else {
				row.path = operation.path
			}
			t.Run(row.method+" "+row.name, func(t *testing.T) { row.check(t, s, client) })
		}
	}
	for _, row := range []exchange{
		{name: "no such connector", method: "PUT", path: unknown, body: goodBody, status: 404, answer: noConnector},
		{name: "no such connector to roll back", method: "POST", path: strings.Replace(rollback, samples.Rollback, "00000000-0000-4000-8000-000000000000", 1), status: 404, answer: noConnector},
		{name: "never in production", method: "POST", path: strings.Replace(rollback, samples.Rollback, samples.ContainerAPI, 1), status: 400,
			answer: `{"message":"Operation is only allowed for connectors that were previously synchronized to production","errors":[]}`},
		{name: "other method", method: "GET", path: containerAPI, status: 405, answer: `{"message":"Method Not Allowed"}`, asks: map[string]string{"Allow": `OPTIONS, PUT`}},
		{name: "options", method: "OPTIONS", path: rollback, token: "-", status: 204, asks: map[string]string{"Allow": `OPTIONS, POST`}},
		{name: "unknown path", method: "PUT", path: "/connectors", token: "-", status: 404, answer: notFound},
		{name: "unknown path without a token", method: "GET", path: "/nothing", token: "-", status: 404, answer: notFound},
	} {
		t.Run(row.name, func(t *testing.T) { row.check(t, s, client) })
	}
}

// TestRulesRefuseInTheDocumentedWords: refusals for what the version is, not for what the request says.
func TestRulesRefuseInTheDocumentedWords(t *testing.T) {
	refusal := func(message string) string { return `{"message":"` + message + `","errors":[]}` }
	put := exchange{method: "PUT", path: strings.Replace(containerAPI, samples.ContainerAPI, samples.Rollback, 1), body: goodBody, status: 400}
	for _, row := range []struct {
		exchange
		change func(version map[string]any)
	}{
		{exchange{method: "POST", path: rollback, status: 400, answer: refusal("Connector has no migration to roll back.")},
			func(version map[string]any) { version["config"].(map[string]any)["migration"] = nil }},
		{put.refused(refusal("Transition is not allowed, entity is building.")), func(version map[string]any) { version["state"] = "building" }},
		{put.refused(refusal("Transition is not allowed, entity is synchronizing-to-dev.")), func(version map[string]any) { version["state"] = "synchronizing-to-dev" }},
		{put.refused(refusal("Transition is not allowed, entity is resynchronizing-to-prod.")), func(version map[string]any) { version["state"] = "resynchronizing-to-prod" }},
	} {
		t.Run(row.answer, func(t *testing.T) {
			s := servertest.New(t, servertest.WithConnectors(changedSamples(t, row.change)))
			row.check(t, s, s.Client(t))
			if events := countEvents(t, s); events != 0 {
				t.Errorf("%d events", events)
			}
		})
	}
}

// refused is the same request with another answer.
func (e exchange) refused(answer string) exchange {
	e.answer = answer
	return e
}

// changedSamples are the sample connectors with their versions changed.
func changedSamples(t *testing.T, change func(version map[string]any)) []byte {
	t.Helper()
	var records []map[string]any
	if err := json.Unmarshal(samples.JSON, &records); err != nil {
		t.Fatal(err)
	}
	for _, record := range records {
		for _, version := range record["versions"].([]any) {
			change(version.(map[string]any))
		}
	}
	changed, err := json.Marshal(records)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}
