package validate_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/server/validate"
)

var jsonHeader = http.Header{"Content-Type": {"application/json"}}

// checkBody runs CheckRequest with body as its JSON body and reports the refusal.
func checkBody(t fataler, o *validate.Operation, body []byte, params map[string]string) *validate.Refusal {
	t.Helper()
	r := httptest.NewRequest(o.Method, "/", bytes.NewReader(body))
	r.Header = jsonHeader.Clone()
	refusal := o.CheckRequest(r, func(name string) string { return params[name] })
	if refusal == nil {
		if seen, ok := validate.Body(r); !ok || !bytes.Equal(seen, body) {
			t.Fatalf("the handler sees %q of %q", seen, body)
		}
	}
	validate.Release(r)
	return refusal
}

var params = map[string]string{"publicId": publicID, "connectorVersion": "latest", "id": "x"}

// compare checks body both ways against o and against the oracle: they must agree.
func compare(t fataler, o *validate.Operation, body []byte) {
	t.Helper()
	model := o.Model()
	if model.RequestBody != nil && len(body) > 0 {
		want := oracle(schemaOf(model.RequestBody.Value.Content), body, openapi3.VisitAsRequest())
		got := checkBody(t, o, body, params)
		if (got == nil) != (want == nil) {
			t.Fatalf("request %q\nvalidate: %v\noracle:   %v", body, got, want)
		}
		if got != nil {
			checkAnswer(t, got)
		}
	}
	for _, status := range []int{200, 400, 401} {
		ref := model.Responses.Status(status)
		if ref == nil {
			continue
		}
		want := oracle(schemaOf(ref.Value.Content), body, openapi3.VisitAsResponse())
		got := o.CheckResponse(status, jsonHeader, body)
		if (got == nil) != (want == nil) {
			t.Fatalf("answer %d %q\nvalidate: %v\noracle:   %v", status, body, got, want)
		}
	}
}

// schemaOf is the schema of a JSON body, nil where the contract says nothing about it.
func schemaOf(content openapi3.Content) *openapi3.Schema {
	if ref := content["application/json"].Schema; ref != nil {
		return ref.Value
	}
	return nil
}

// checkAnswer checks that a refusal is written as strict JSON of the documented shape.
func checkAnswer(t fataler, refusal *validate.Refusal) {
	t.Helper()
	body := refusal.AppendJSON(nil)
	if err := strictJSON(body, 2); err != nil && json.Valid(body) {
		t.Fatalf("%s: %v", body, err)
	}
	var answer struct {
		Message string
		Errors  json.RawMessage
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Message == "" {
		t.Fatalf("%s: %v", body, err)
	}
	if len(refusal.Fields) > 20 {
		t.Fatalf("%d fields", len(refusal.Fields))
	}
}

// examples are the contract's own examples of bodies.
func examples(t testing.TB) [][]byte {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(openapi.YAML)
	if err != nil {
		t.Fatal(err)
	}
	var found [][]byte
	for _, item := range doc.Paths.Map() {
		for _, model := range item.Operations() {
			if model.RequestBody != nil {
				found = append(found, contentExamples(t, model.RequestBody.Value.Content)...)
			}
			for _, response := range model.Responses.Map() {
				found = append(found, contentExamples(t, response.Value.Content)...)
			}
		}
	}
	return found
}

// contentExamples are the examples of a body.
func contentExamples(t testing.TB, content openapi3.Content) [][]byte {
	t.Helper()
	var found [][]byte
	add := func(v any) {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, b)
	}
	for _, media := range content {
		if media.Example != nil {
			add(media.Example)
		}
		for _, example := range media.Examples {
			add(example.Value.Value)
		}
	}
	return found
}

func statusOf(t testing.TB, s string) int {
	t.Helper()
	status, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// FuzzContract looks for a document on which the contract's own checks and the oracle disagree.
func FuzzContract(f *testing.F) {
	for _, example := range examples(f) {
		f.Add(example)
	}
	for _, row := range jsonRows {
		f.Add([]byte(row.text))
	}
	f.Add([]byte(putBody))
	operations := contract(f).Operations()
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, o := range operations {
			compare(t, o, body)
		}
	})
}

// FuzzSchema looks for a schema and a document on which a check made from the schema and the
// oracle disagree.
func FuzzSchema(f *testing.F) {
	for _, row := range schemaRows {
		for _, text := range append(row.valid, row.invalid...) {
			f.Add(row.schema, []byte(text))
		}
	}
	f.Add("null", []byte("0"))
	f.Fuzz(func(t *testing.T, schema string, body []byte) {
		if !json.Valid([]byte(schema)) {
			return
		}
		v, err := validate.New(tiny(schema), validate.WithFormats(map[string]func(string) error{}))
		if err != nil {
			return
		}
		compare(t, v.Operations()[0], body)
	})
}

// FuzzPattern looks for a pattern and a text on which the check and package regexp disagree.
func FuzzPattern(f *testing.F) {
	for _, expr := range []string{`^(main|latest|\d+)$`, `\S`, `^$`, `$^`, `^`, `a*?b|^c`, `(^a|b)$|c^`, `(?i)^K$`, `[^a]`, `^[a-z]{2,5}-?x$`, `(a|ab)(c|bcd)$`, `\x{e4}|a`} {
		for _, text := range []string{"", "main", "mainx", "a b", "k", "K", "\u212a", "abcd", "ä", "a\n", "xyz-x"} {
			f.Add(expr, text)
		}
	}
	f.Fuzz(func(t *testing.T, expr, text string) {
		re, err := regexp.Compile(expr)
		if err != nil || !utf8.ValidString(expr) || !utf8.ValidString(text) || strings.Contains(expr, `\u`) || strings.ContainsRune(text, 0) {
			return
		}
		schema, _ := json.Marshal(map[string]string{"type": "string", "pattern": expr})
		v, err := validate.New(tiny(string(schema)))
		if err != nil {
			return
		}
		body, _ := json.Marshal(text)
		if got := checkBody(t, v.Operations()[0], body, params) == nil; got != re.MatchString(text) {
			t.Fatalf("%q on %q: %v", expr, text, got)
		}
		not, err := validate.New(tiny(`{"type":"string","not":` + string(schema) + `}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := checkBody(t, not.Operations()[0], body, params) == nil; got == re.MatchString(text) {
			t.Fatalf("not %q on %q: %v", expr, text, got)
		}
	})
}

// fataler is what testing.TB and rapid.T share.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}
