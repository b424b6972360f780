package server_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/productsupcom/cde/server"
	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/servertest"
	"github.com/productsupcom/cde/server/validate"
)

// TestEveryOperationKeepsTheContract asks every operation of the contract, as its examples do and in every way that the
// contract refuses, until every declared answer was given and held against the contract. It knows no operation by name: one that is new is tested as it stands in the contract.
func TestEveryOperationKeepsTheContract(t *testing.T) {
	s := servertest.New(t)
	client := s.Client(t)
	asked := 0
	for _, operation := range s.API.Operations() {
		t.Run(operation.ID, func(t *testing.T) {
			request, responses := operation.Compiled()
			if !request || !responses {
				t.Errorf("not on the compiled path: %v", operation.Fallbacks())
			}
			seen := map[int]bool{}
			for _, row := range fromContract(t, operation) {
				asked++
				seen[row.status] = true
				t.Run(row.name, func(t *testing.T) { row.check(t, s, client) })
			}
			for _, way := range whatHappensToServers {
				asked++
				seen[way.status] = true
				t.Run(way.name, func(t *testing.T) { way.check(t, fromContract(t, operation)[0]) })
			}
			for status := range operation.Model().Responses.Map() {
				if number, err := strconv.Atoi(status); err != nil || !seen[number] {
					t.Errorf("nothing asks for the answer %s", status)
				}
			}
		})
	}
	if asked < 25 {
		t.Errorf("%d requests, want at least 25", asked)
	}
}

// whatHappensToServers are the answers that no request asks for by itself. Each way is given the good request.
var whatHappensToServers = []struct {
	name   string
	status int
	check  func(t *testing.T, good exchange)
}{
	{"the body does not come", http.StatusRequestTimeout, func(t *testing.T, good exchange) {
		s := servertest.New(t, servertest.WithHandler(impatient))
		tooSlow(t.Context(), t, s, s.Client(t), good)
	}},
	{"too often", http.StatusTooManyRequests, func(t *testing.T, good exchange) {
		s := servertest.New(t, servertest.WithConfig(func(c *server.Config) { c.RateLimit = 0.5 }))
		client := s.Client(t)
		good.check(t, s, client)
		good.status, good.answer, good.asks = http.StatusTooManyRequests, `{"message":"Too Many Requests"}`, map[string]string{"Retry-After": "2"}
		good.check(t, s, client)
	}},
	{"failure", http.StatusInternalServerError, func(t *testing.T, good exchange) {
		good.status, good.answer = http.StatusInternalServerError, `{"message":"Internal Server Error"}`
		checkFailing(t, errors.New("nobody foresaw it"), good)
	}},
	{"store unavailable", http.StatusServiceUnavailable, func(t *testing.T, good exchange) {
		good.status, good.answer, good.asks = http.StatusServiceUnavailable, `{"message":"Service Unavailable"}`, map[string]string{"Retry-After": "3"}
		checkFailing(t, &connector.UnavailableError{RetryAfter: 3 * time.Second, Cause: errors.New("locked")}, good)
	}},
}

// checkFailing sends the request to a server whose store fails.
func checkFailing(t *testing.T, cause error, e exchange) {
	t.Helper()
	store := newFailing(t)
	store.fail(cause, false)
	s := servertest.New(t, servertest.WithStore(store), servertest.WithLogger(slog.New(slog.DiscardHandler)))
	e.check(t, s, s.Client(t))
}

// impatient waits for no byte of a body that is not there yet.
func impatient(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != http.NoBody {
			if err := http.NewResponseController(w).SetReadDeadline(time.Now()); err != nil {
				panic(err)
			}
		}
		next.ServeHTTP(w, r)
	})
}

// fromContract makes the requests of one operation.
func fromContract(t *testing.T, operation *validate.Operation) []exchange {
	t.Helper()
	model := operation.Model()
	good := exchange{name: "as the example", method: operation.Method, path: withParameters(operation, nil), body: bodyExample(t, model), status: 200}
	with := func(name string, status int, change func(*exchange)) exchange {
		row := good
		row.name, row.status = name, status
		change(&row)
		return row
	}
	rows := []exchange{
		good,
		with("no token", 401, func(e *exchange) { e.token = "-"; e.answer = unauthorized }),
		with("stranger", 403, func(e *exchange) { e.token = "stranger"; e.answer = forbidden }),
		with("no such connector", 404, func(e *exchange) {
			e.path = withParameters(operation, map[string]string{"publicId": "00000000-0000-4000-8000-000000000000"})
		}),
		with("no such version", 404, func(e *exchange) {
			e.path = withParameters(operation, map[string]string{"connectorVersion": "99999999999999999999"})
		}),
		with("id that is none", 400, func(e *exchange) { e.path = withParameters(operation, map[string]string{"publicId": "497f6eca"}) }),
		with("version outside the pattern", 400, func(e *exchange) {
			e.path = withParameters(operation, map[string]string{"connectorVersion": "mainframe"})
		}),
		with("other method", 405, func(e *exchange) { e.method, e.body = http.MethodTrace, "" }),
		with("encoded", 415, func(e *exchange) { e.body += " "; e.header = map[string]string{"Content-Encoding": "gzip"} }),
	}
	rows = append(rows, with("too large", 413, func(e *exchange) { e.body += strings.Repeat(" ", validate.DefaultBodyLimit+1) }))
	if model.RequestBody == nil {
		return append(rows, with("a body where none is declared", 400, func(e *exchange) { e.body = "{}" }))
	}
	rows = append(rows,
		with("other media type", 415, func(e *exchange) { e.header = map[string]string{"Content-Type": "text/plain"} }),
		with("not JSON", 400, func(e *exchange) { e.body = "{"; e.answer = badRequest }),
	)
	return append(rows, badBodies(t, model, with)...)
}

// badBodies leaves out each required member, gives each member a wrong type, and adds one that is not declared.
func badBodies(t *testing.T, model *openapi3.Operation, with func(string, int, func(*exchange)) exchange) []exchange {
	t.Helper()
	schema := model.RequestBody.Value.Content["application/json"].Schema.Value
	changed := func(change func(map[string]any)) string {
		var body map[string]any
		if err := json.Unmarshal([]byte(bodyExample(t, model)), &body); err != nil {
			t.Fatal(err)
		}
		change(body)
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	rows := []exchange{with("unknown member", 400, func(e *exchange) {
		e.body = changed(func(body map[string]any) { body["unheard-of"] = 1 })
		e.answer = fieldError("unheard-of", "This field was not expected.")
	})}
	for _, name := range schema.Required {
		rows = append(rows, with("without "+name, 400, func(e *exchange) {
			e.body = changed(func(body map[string]any) { delete(body, name) })
		}))
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		rows = append(rows, with("an object as "+name, 400, func(e *exchange) {
			e.body = changed(func(body map[string]any) { body[name] = map[string]any{} })
		}))
	}
	return rows
}

// withParameters fills an operation's path with values, else with the contract's examples: the one named after the
// operation, the first, or that of the parameter.
func withParameters(operation *validate.Operation, values map[string]string) string {
	path := operation.Path
	for _, reference := range operation.Model().Parameters {
		parameter := reference.Value
		value, ok := values[parameter.Name]
		if !ok {
			value, _ = parameter.Example.(string)
			if example := parameter.Examples[operation.ID]; example != nil {
				value, _ = example.Value.Value.(string)
			} else if names := slices.Sorted(maps.Keys(parameter.Examples)); len(names) > 0 {
				value, _ = parameter.Examples[names[0]].Value.Value.(string)
			}
		}
		path = strings.ReplaceAll(path, "{"+parameter.Name+"}", value)
	}
	return path
}

// bodyExample is the contract's example of a request body, empty where none is declared.
func bodyExample(t *testing.T, model *openapi3.Operation) string {
	t.Helper()
	if model.RequestBody == nil {
		return ""
	}
	var text bytes.Buffer
	if err := json.NewEncoder(&text).Encode(model.RequestBody.Value.Content["application/json"].Example); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(text.String())
}
