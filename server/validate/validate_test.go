package validate_test

import (
	"strings"
	"testing"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/openapi/format"
	"github.com/productsupcom/cde/server/validate"
)

// contract returns the validator of the API's own contract.
func contract(t testing.TB, opts ...validate.Option) *validate.Validator {
	t.Helper()
	v, err := validate.New(openapi.YAML, append([]validate.Option{validate.WithFormats(format.Checks())}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// operation returns one of the contract's operations.
func operation(t testing.TB, v *validate.Validator, id string) *validate.Operation {
	t.Helper()
	o, ok := v.Operation(id)
	if !ok {
		t.Fatalf("no operation %q", id)
	}
	return o
}

func TestEveryOperationOfTheContractRunsCompiled(t *testing.T) {
	operations := contract(t).Operations()
	if len(operations) == 0 {
		t.Fatal("no operations")
	}
	for _, o := range operations {
		if request, responses := o.Compiled(); !request || !responses {
			t.Errorf("%s: compiled %v, %v: %q", o, request, responses, o.Fallbacks())
		}
		if !o.Secured() {
			t.Errorf("%s: not secured", o)
		}
	}
}

// tiny is a contract of one operation with the given schema as its body.
func tiny(schema string) []byte {
	return []byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/things/{id}":{"put":{"operationId":"putThing",
		"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],
		"requestBody":{"required":true,"content":{"application/json":{"schema":` + schema + `}}},
		"responses":{"200":{"description":"ok","content":{"application/json":{"schema":` + schema + `}}}}}}}}`)
}

// hollow is a contract whose body is the schema S of the given keywords.
func hollow(keywords string) string {
	return strings.Replace(string(tiny(`{"$ref":"#/components/schemas/S"}`)), `"paths"`, `"components":{"schemas":{"S":{`+keywords+`}}},"paths"`, 1)
}

func TestNewRefuses(t *testing.T) {
	for _, row := range []struct {
		name, spec, want string
		opts             []validate.Option
	}{
		{name: "no contract", spec: "", want: "contract"},
		{name: "not YAML", spec: "\x00", want: "contract"},
		{name: "OpenAPI 3.1", spec: strings.Replace(string(tiny(`{}`)), "3.0.3", "3.1.0", 1), want: "want 3.0"},
		{name: "Swagger 2", spec: `{"swagger":"2.0"}`, want: "want 3.0"},
		{name: "invalid", spec: string(tiny(`{"type":"text"}`)), want: "contract"},
		{name: "schema of itself", spec: hollow(`"anyOf":[{"$ref":"#/components/schemas/S"}]`), want: "only refers to itself"},
		{name: "members of itself", spec: hollow(`"properties":{"a":{"items":{"$ref":"#/components/schemas/S"}}}`), want: "only refers to itself"},
		{name: "no operations", spec: `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{}}`, want: "no operations"},
		{name: "unknown format", spec: string(tiny(`{"type":"string","format":"shoe-size"}`)), want: `"shoe-size"`},
		{name: "unknown format inside", spec: string(tiny(`{"type":"array","items":{"oneOf":[{"type":"string","format":"shoe-size"}]}}`)), want: `"shoe-size"`},
		{name: "pattern", spec: string(tiny(`{"type":"string","pattern":"("}`)), want: "contract"},
		{name: "parameter not declared", spec: strings.Replace(string(tiny(`{}`)), "/things/{id}", "/things/{id}/{other}", 1), want: "other"},
		{name: "parameter not in path", spec: strings.Replace(string(tiny(`{}`)), "/things/{id}", "/things/id", 1), want: "id"},
		{name: "format without check", spec: string(tiny(`{}`)), opts: []validate.Option{validate.WithFormats(map[string]func(string) error{"x": nil})}, want: `"x"`},
		{name: "body limit", spec: string(tiny(`{}`)), opts: []validate.Option{validate.WithBodyLimit(0)}, want: "limit"},
		{name: "depth", spec: string(tiny(`{}`)), opts: []validate.Option{validate.WithMaxDepth(0)}, want: "depth"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := validate.New([]byte(row.spec), row.opts...)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Fatalf("got %v, want an error about %s", err, row.want)
			}
		})
	}
}

func TestNewTakesAFormatThatIsNamedUnchecked(t *testing.T) {
	v, err := validate.New(tiny(`{"type":"string","format":"shoe-size"}`), validate.WithUncheckedFormats("shoe-size"))
	if err != nil {
		t.Fatal(err)
	}
	if request, responses := operation(t, v, "putThing").Compiled(); !request || !responses {
		t.Error("not compiled")
	}
}

func TestCovers(t *testing.T) {
	v := contract(t)
	var ids []string
	for _, o := range v.Operations() {
		ids = append(ids, o.ID)
	}
	if err := v.Covers(ids...); err != nil {
		t.Error(err)
	}
	if err := v.Covers(ids[1:]...); err == nil || !strings.Contains(err.Error(), ids[0]) {
		t.Errorf("an operation that is not mounted: %v", err)
	}
	if err := v.Covers(append(ids, "UpdateContainerAPIVersion")...); err == nil {
		t.Error("a name that the contract does not have passed")
	}
}

func TestNewTakesFormatsThatNobodyKnows(t *testing.T) {
	var seen []string
	v, err := validate.New(tiny(`{"type":"object","properties":{"a":{"type":"string","format":"shoe-size"},"b":{"type":"string","format":"shoe-size"},"c":{"type":"string","format":"uuid"}}}`),
		validate.WithUnknownFormats(func(name string) { seen = append(seen, name) }))
	if err != nil || len(seen) != 1 || seen[0] != "shoe-size" {
		t.Fatal(seen, err)
	}
	o := operation(t, v, "putThing")
	if refusal := o.CheckBody([]byte(`{"a":"38½","b":""}`)); refusal != nil {
		t.Error(refusal)
	}
	if refusal := o.CheckBody([]byte(`{"c":"x"}`)); refusal == nil {
		t.Error("a format that is known is not checked any more")
	}
}
