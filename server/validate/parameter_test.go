package validate_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/productsupcom/cde/server/validate"
)

// parameters is a contract with a GET /things/{id} of the given parameters beside the path's own.
const parameters = `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/things/{id}":{
	"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer","minimum":1}},{"name":"q","in":"query","schema":{"type":"boolean"}}],
	"get":{"operationId":"getThing","parameters":[
		{"name":"q","in":"query","required":true,"schema":{"type":"string","minLength":1,"maxLength":3}},
		{"name":"on","in":"query","schema":{"type":"boolean"}},
		{"name":"price","in":"query","schema":{"type":"number","multipleOf":0.5}},
		{"name":"day","in":"query","schema":{"type":"string","format":"date"}},
		{"name":"size","in":"query","schema":{"type":"string","enum":["s","l"]}},
		{"name":"tags","in":"query","schema":{"type":"array","items":{"type":"string","enum":["a","b"]}}},
		{"name":"filter","in":"query","style":"deepObject","schema":{"type":"object","properties":{"n":{"type":"integer"}}}},
		{"name":"X-Trace","in":"header","schema":{"type":"string","pattern":"^[0-9a-f]+$"}},
		{"name":"Accept","in":"header","required":true,"schema":{"type":"integer"}},
		{"name":"lang","in":"cookie","schema":{"type":"string","enum":["de","en"]}}
	],"responses":{"204":{"description":"done"}}}}}}`

func TestParameters(t *testing.T) {
	v, err := validate.New([]byte(parameters))
	if err != nil {
		t.Fatal(err)
	}
	if request, _ := operation(t, v, "getThing").Compiled(); request {
		t.Error("lists and objects in a query are said to be compiled")
	}
	h := v.Middleware(echo)
	for _, row := range []struct {
		name, target string
		headers      []string
		want         string // of the 400; "" is a 200
	}{
		{"least", "/things/1?q=x", nil, ""},
		{"all", "/things/7?q=abc&on=true&price=1.5&day=2024-02-29&size=s&tags=a&tags=b&filter[n]=1", []string{"X-Trace: 0af", "Cookie: lang=de"}, ""},
		{"integer of the path", "/things/x?q=x", nil, errorsOf("id", "This value should be of type integer.")},
		{"integer of the path, small", "/things/0?q=x", nil, errorsOf("id", invalid)},
		{"integer of the path, fraction", "/things/1.5?q=x", nil, errorsOf("id", "This value should be of type integer.")},
		{"integer of the path, space", "/things/%201?q=x", nil, errorsOf("id", "This value should be of type integer.")},
		{"integer of the path, line end", "/things/1%0a?q=x", nil, errorsOf("id", "This value should be of type integer.")},
		{"integer of the path, null", "/things/null?q=x", nil, errorsOf("id", "This value should be of type integer.")},
		{"integer of the path, huge", "/things/1e999?q=x", nil, errorsOf("id", "This value should be of type integer.")},
		{"query missing", "/things/1", nil, errorsOf("q", "This field is missing.")},
		{"query empty", "/things/1?q=", nil, errorsOf("q", blank)},
		{"query long", "/things/1?q=abcd", nil, errorsOf("q", "This value is too long. It should have 3 characters or less.")},
		{"query twice", "/things/1?q=a&q=b", nil, errorsOf("q", invalid)},
		{"boolean", "/things/1?q=x&on=1", nil, errorsOf("on", "This value should be of type boolean.")},
		{"boolean empty", "/things/1?q=x&on=", nil, errorsOf("on", "This value should be of type boolean.")},
		{"number", "/things/1?q=x&price=1.3", nil, errorsOf("price", invalid)},
		{"number with a plus", "/things/1?q=x&price=%2B1", nil, errorsOf("price", "This value should be of type number.")},
		{"format", "/things/1?q=x&day=2023-02-29", nil, errorsOf("day", invalid)},
		{"enum", "/things/1?q=x&size=m", nil, errorsOf("size", invalid)},
		{"list", "/things/1?q=x&tags=c", nil, errorsOf("tags", invalid)},
		{"object", "/things/1?q=x&filter[n]=x", nil, errorsOf("filter", invalid)},
		{"header", "/things/1?q=x", []string{"X-Trace: xyz"}, errorsOf("X-Trace", invalid)},
		{"cookie", "/things/1?q=x", []string{"Cookie: lang=fr"}, errorsOf("lang", invalid)},
		{"all at once", "/things/x?on=x", []string{"X-Trace: "}, errorsOf("X-Trace", invalid, "id", "This value should be of type integer.", "on", "This value should be of type boolean.", "q", "This field is missing.")},
		{"semicolon", "/things/1?q=x;on=true", nil, noFields},
		{"bad escape", "/things/1?q=%zz", nil, noFields},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := send(h, "GET", row.target, nil, row.headers...)
			if row.want == "" && w.Code != 200 || row.want != "" && (w.Code != 400 || w.Body.String() != row.want) {
				t.Errorf("%d %s\nwant %s", w.Code, w.Body, row.want)
			}
		})
	}
}

// The strict form of the path parameters, at the operation: what a server behind its own routing sees.
func TestPathParametersOfTheContract(t *testing.T) {
	o := operation(t, contract(t), "rollbackMigration")
	const uuidText, versionText = "This is not a valid UUID.", invalid
	for _, row := range []struct{ name, value, want string }{
		{"publicId", publicID, ""},
		{"publicId", strings.ToUpper(publicID), ""},
		{"publicId", "urn:uuid:" + publicID, uuidText},
		{"publicId", "{" + publicID + "}", uuidText},
		{"publicId", strings.ReplaceAll(publicID, "-", ""), uuidText},
		{"publicId", publicID[1:], uuidText},
		{"publicId", publicID + "0", uuidText},
		{"publicId", publicID + "\n", uuidText},
		{"publicId", strings.Replace(publicID, "4", "%34", 1), uuidText},
		{"publicId", "", uuidText},
		{"connectorVersion", "main", ""},
		{"connectorVersion", "latest", ""},
		{"connectorVersion", "1", ""},
		{"connectorVersion", "007", ""},
		{"connectorVersion", strings.Repeat("9", 40), ""},
		{"connectorVersion", "", versionText},
		{"connectorVersion", "mainframe", versionText},
		{"connectorVersion", "xlatest", versionText},
		{"connectorVersion", "v2", versionText},
		{"connectorVersion", "1.0.5", versionText},
		{"connectorVersion", "-1", versionText},
		{"connectorVersion", "1\n", versionText},
		{"connectorVersion", "１", versionText},
		{"connectorVersion", "%31", versionText},
		{"connectorVersion", "main/..", versionText},
	} {
		t.Run(row.name+" "+url.PathEscape(row.value), func(t *testing.T) {
			refusal := o.CheckRequest(httptest.NewRequest("POST", "/", nil), func(name string) string {
				if name == row.name {
					return row.value
				}
				return params[name]
			})
			switch {
			case row.want == "" && refusal != nil:
				t.Error(refusal)
			case row.want != "" && (refusal == nil || string(refusal.AppendJSON(nil)) != errorsOf(row.name, row.want)):
				t.Errorf("got %v", refusal)
			case refusal != nil && refusal.Reason != validate.ReasonParameters:
				t.Errorf("reason %q", refusal.Reason)
			}
		})
	}
}
