package validate_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/productsupcom/cde/server/validate"
)

func TestRefusalRespond(t *testing.T) {
	for _, row := range []struct {
		name    string
		refusal validate.Refusal
		want    string
	}{
		{"message alone", validate.Refusal{Status: 403, Message: "Access denied for user."}, `{"message":"Access denied for user."}`},
		{"no errors", validate.Refusal{Status: 400, Message: "No."}, `{"message":"No.","errors":[]}`},
		{"errors in order", validate.Refusal{Status: 400, Message: "Bad request.", Fields: []validate.Field{{"b", "x"}, {"a", "y"}}}, `{"message":"Bad request.","errors":{"b":"x","a":"y"}}`},
		{"escaped", validate.Refusal{Status: 500, Message: "\"\\\n\u00e4\u2028</script>\x7f\xff&"}, `{"message":"\"\\\u000aä` + "\u2028" + `\u003c/script\u003e\u007f` + "\ufffd" + `\u0026"}`},
		{"no content", validate.Refusal{Status: 204, Message: "x"}, ``},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.refusal.Header = http.Header{"X-Test": {"1"}}
			w := httptest.NewRecorder()
			row.refusal.Respond(w)
			if w.Code != row.refusal.Status || w.Body.String() != row.want || w.Header().Get("X-Test") != "1" {
				t.Errorf("%d %s %v\nwant %s", w.Code, w.Body, w.Header(), row.want)
			}
			if row.want != "" && (w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Content-Length") != fmt.Sprint(len(row.want)) || !json.Valid(w.Body.Bytes())) {
				t.Errorf("head %v", w.Header())
			}
		})
	}
}

func TestRefusalsNameAtMostTwentyFields(t *testing.T) {
	o := operation(t, contract(t), "updateContainerApiVersion")
	var members []string
	for i := range 3000 {
		members = append(members, fmt.Sprintf(`"x%04d":1`, i))
	}
	refusal := o.CheckBody([]byte("{" + strings.Join(members, ",") + "}"))
	if refusal == nil || len(refusal.Fields) != 20 {
		t.Fatalf("%v", refusal)
	}
	if len(refusal.Error()) > 2000 {
		t.Errorf("%d bytes for the log", len(refusal.Error()))
	}
	for i, field := range refusal.Fields[1:] {
		if field.Name <= refusal.Fields[i].Name {
			t.Errorf("%q after %q", field.Name, refusal.Fields[i].Name)
		}
	}
}

func TestRefusalsCutNames(t *testing.T) {
	o := operation(t, contract(t), "updateContainerApiVersion")
	refusal := o.CheckBody([]byte(`{"version-constraint":"^1","` + strings.Repeat("ä", 5000) + `":1}`))
	if refusal == nil || len(refusal.Fields) != 1 || utf8.RuneCountInString(refusal.Fields[0].Name) != 100 {
		t.Fatalf("%v", refusal)
	}
}

// Nothing that a caller sends, and nothing of the library's text or the schema, comes back or goes to the log.
func TestRefusalsTellNoSecrets(t *testing.T) {
	o := operation(t, contract(t), "updateContainerApiVersion")
	secret := strings.Repeat("hunter2", 8000)
	for _, body := range []string{
		`{"version-constraint":"` + secret + `"}`,
		`{"version-constraint":["` + secret + `"]}`,
		`{"version-constraint":{"password":"` + secret + `"}}`,
		`{"image":"` + secret + `","version-constraint":"hunter2 hunter2"}`,
		`{"version-constraint":"^1","x":"` + secret + `"}`,
		`{"version-constraint":"^1","x":"hunter2","x":"hunter2"}`,
		`"` + secret + `"`,
		`hunter2`,
	} {
		refusal := o.CheckBody([]byte(body))
		if refusal == nil {
			t.Fatalf("accepted: %.80s", body)
		}
		for _, text := range []string{string(refusal.AppendJSON(nil)), refusal.Error(), fmt.Sprint(refusal.Unwrap())} {
			if strings.Contains(text, "hunter2") || len(text) > 400 {
				t.Errorf("%.80s: %.400s", body, text)
			}
			for _, leak := range []string{"Schema", "schema", "additionalProperties\":", "regular expression", "maxLength\":", "openapi"} {
				if strings.Contains(text, leak) {
					t.Errorf("%.80s: %q in %s", body, leak, text)
				}
			}
		}
	}
}

// Texts for fields deeper inside, by keyword.
func TestTexts(t *testing.T) {
	for _, row := range []struct{ name, schema, body, want string }{
		{"inside an object", `{"type":"object","properties":{"a":{"type":"object","required":["b"]}}}`, `{"a":{}}`, errorsOf("a.b", "This field is missing.")},
		{"inside an array", `{"type":"array","items":{"type":"integer"}}`, `[1,"x",2,null]`, errorsOf("1", "This value should be of type integer.", "3", "This value should be of type integer.")},
		{"unknown, deep", `{"type":"array","items":{"type":"object","additionalProperties":false}}`, `[{},{"x":1,"y":2}]`, errorsOf("1.x", notThere, "1.y", notThere)},
		{"of additional members", `{"type":"object","additionalProperties":{"type":"boolean"}}`, `{"x":1}`, errorsOf("x", "This value should be of type boolean.")},
		{"nullable reference", `{"type":"object","properties":{"a":{"oneOf":[{"type":"object","properties":{"b":{"type":"string"}}},{"type":"object","nullable":true,"enum":[null]}]}}}`, `{"a":{"b":1}}`, errorsOf("a.b", noString)},
		{"one of none", `{"type":"object","properties":{"a":{"oneOf":[{"type":"string"},{"type":"integer"}]}}}`, `{"a":true}`, errorsOf("a", invalid)},
		{"one of two", `{"type":"object","properties":{"a":{"oneOf":[{"type":"integer"},{"type":"number"}]}}}`, `{"a":1}`, errorsOf("a", invalid)},
		{"all of", `{"allOf":[{"type":"object","required":["a"]},{"type":"object","properties":{"b":{"type":"string"}}}]}`, `{"b":1}`, errorsOf("a", "This field is missing.", "b", noString)},
		{"any of, by type", `{"anyOf":[{"type":"array","items":{"type":"string"}},{"type":"object","required":["a"]}]}`, `{}`, errorsOf("a", "This field is missing.")},
		{"not", `{"type":"object","properties":{"a":{"not":{"type":"string"}}}}`, `{"a":"x"}`, errorsOf("a", invalid)},
		{"short", `{"type":"object","properties":{"a":{"type":"string","minLength":3}}}`, `{"a":"xy"}`, errorsOf("a", "This value is too short. It should have 3 characters or more.")},
		{"one character", `{"type":"object","properties":{"a":{"type":"string","maxLength":1}}}`, `{"a":"xy"}`, errorsOf("a", "This value is too long. It should have 1 character or less.")},
		{"long before pattern", `{"type":"object","properties":{"a":{"type":"string","maxLength":1,"pattern":"^x$"}}}`, `{"a":"yyy"}`, errorsOf("a", "This value is too long. It should have 1 character or less.")},
		{"not blank because of its length", `{"type":"object","properties":{"a":{"type":"string","pattern":"^x$"}}}`, `{"a":""}`, errorsOf("a", invalid)},
		{"missing, not a string", `{"type":"object","required":["a"],"properties":{"a":{"type":"integer"}}}`, `{}`, errorsOf("a", "This field is missing.")},
		{"missing, may be null", `{"type":"object","required":["a"],"properties":{"a":{"type":"string","minLength":1,"nullable":true}}}`, `{}`, errorsOf("a", "This field is missing.")},
		{"null object", `{"type":"object","properties":{"a":{"type":"object"}}}`, `{"a":null}`, errorsOf("a", "This value should be of type object.")},
		{"read only", `{"type":"object","properties":{"a":{"type":"string","readOnly":true}}}`, `{"a":"x"}`, errorsOf("a", notThere)},
		{"about the whole", `{"type":"object","minProperties":1}`, `{}`, noFields},
		{"of another type", `{"type":"array","items":{}}`, `{}`, noFields},
	} {
		t.Run(row.name, func(t *testing.T) {
			v, err := validate.New(tiny(row.schema))
			if err != nil {
				t.Fatal(err)
			}
			refusal := operation(t, v, "putThing").CheckBody([]byte(row.body))
			if refusal == nil || string(refusal.AppendJSON(nil)) != row.want {
				t.Errorf("got %s (%v)\nwant %s", refusal.AppendJSON(nil), refusal, row.want)
			}
		})
	}
}
