package validate_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/productsupcom/cde/server/validate"
)

// answers is a contract with all ways to declare an answer.
const answers = `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"operationId":"a","responses":{
	"200":{"description":"ok","headers":{"ETag":{"required":true,"schema":{"type":"string","pattern":"^\"[a-z]+\"$"}},"Age":{"schema":{"type":"integer"}}},"content":{"application/json":{"schema":{"type":"object","required":["n"],"properties":{"n":{"type":"integer"},"secret":{"type":"string","writeOnly":true}}}},"text/plain":{}}},
	"204":{"description":"nothing"},
	"4XX":{"description":"no","content":{"application/problem+json":{"schema":{"type":"object"}}}},
	"default":{"description":"other","content":{"text/html":{}}}}}},
	"/b":{"get":{"operationId":"b","responses":{"200":{"description":"ok"}}}}}}`

func TestCheckResponse(t *testing.T) {
	v, err := validate.New([]byte(answers))
	if err != nil {
		t.Fatal(err)
	}
	const js, tag = "Content-Type: application/json", `ETag: "x"`
	for _, row := range []struct {
		name, operation string
		status          int
		headers         []string
		body            string
		reason          string // "" is fine
	}{
		{"good", "a", 200, []string{js, tag, "Age: 7"}, `{"n":1}`, ""},
		{"charset", "a", 200, []string{"Content-Type: application/json; charset=UTF-8", tag}, `{"n":1}`, ""},
		{"other media type", "a", 200, []string{"Content-Type: text/plain", tag}, `anything`, ""},
		{"nothing", "a", 204, nil, ``, ""},
		{"of a range", "a", 418, []string{"Content-Type: application/problem+json"}, `{}`, ""},
		{"default", "a", 500, []string{"Content-Type: text/html"}, `<p>`, ""},
		{"against the schema", "a", 200, []string{js, tag}, `{"n":"hunter2"}`, "body"},
		{"another case", "a", 200, []string{js, tag}, `{"n":1,"N":2}`, "body"},
		{"write only", "a", 200, []string{js, tag}, `{"n":1,"secret":"hunter2"}`, "body"},
		{"not JSON", "a", 200, []string{js, tag}, `{"n":1`, "json"},
		{"duplicate name", "a", 200, []string{js, tag}, `{"n":1,"n":1}`, "json"},
		{"empty", "a", 200, []string{js, tag}, ``, "json"},
		{"undeclared media type", "a", 200, []string{"Content-Type: text/html", tag}, `x`, "media-type"},
		{"no media type", "a", 200, []string{tag}, `{"n":1}`, "media-type"},
		{"UTF-16", "a", 200, []string{"Content-Type: application/json; charset=utf-16", tag}, `{"n":1}`, "media-type"},
		{"header missing", "a", 200, []string{js}, `{"n":1}`, "headers"},
		{"header wrong", "a", 200, []string{js, "ETag: hunter2"}, `{"n":1}`, "headers"},
		{"number in a header", "a", 200, []string{js, tag, "Age: soon"}, `{"n":1}`, "headers"},
		{"something for nothing", "a", 204, nil, `x`, "body"},
		{"undeclared status", "b", 201, nil, ``, "status"},
		{"status out of range", "b", 999, nil, ``, "status"},
	} {
		t.Run(row.name, func(t *testing.T) {
			header := http.Header{}
			for _, h := range row.headers {
				name, value, _ := strings.Cut(h, ": ")
				header.Add(name, value)
			}
			err := operation(t, v, row.operation).CheckResponse(row.status, header, []byte(row.body))
			var wrong *validate.ResponseError
			switch {
			case row.reason == "" && err != nil:
				t.Error(err)
			case row.reason == "":
			case !errors.As(err, &wrong) || wrong.Reason != row.reason || wrong.Status != row.status || wrong.Operation != row.operation:
				t.Errorf("got %v", err)
			case strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), row.reason):
				t.Errorf("text %q", err)
			}
		})
	}
}

func TestAnswersOfTheContract(t *testing.T) {
	v := contract(t)
	for _, row := range []struct {
		status int
		body   string
		ok     bool
	}{
		{400, `{"message":"Bad request.","errors":[]}`, true},
		{400, `{"message":"Bad request.","errors":{"a":"b"}}`, true},
		{400, `{"message":"Bad request.","errors":{}}`, true},
		{400, `{"message":"Bad request.","errors":["a"]}`, false},
		{400, `{"message":"Bad request.","errors":null}`, false},
		{400, `{"message":"Bad request.","errors":{"a":1}}`, false},
		{400, `{"message":"Bad request."}`, false},
		{401, `{"message":"You have to be authorized to access this resource."}`, true},
		{401, `{}`, false},
		{404, `{"message":1}`, false},
		{302, `{"message":"x"}`, false},
		{200, `{"message":"successful operation","data":{}}`, false},
	} {
		for _, o := range v.Operations() {
			if err := o.CheckResponse(row.status, jsonHeader, []byte(row.body)); (err == nil) != row.ok {
				t.Errorf("%s: %d %s: %v", o, row.status, row.body, err)
			}
		}
	}
}
