package validate_test

import (
	"strings"
	"testing"

	"github.com/productsupcom/cde/server/validate"
)

// schemaRows are schemas, keyword by keyword, with documents that they accept and refuse. Found
// differences to kin-openapi become rows here.
var schemaRows = []struct {
	name, schema   string
	kin            bool // left to kin-openapi, not compiled
	valid, invalid []string
}{
	{name: "anything", schema: `{}`, valid: []string{`1`, `"a"`, `[null]`, `{"a":null}`, `true`}, invalid: []string{`null`}},
	{name: "nullable anything", schema: `{"nullable":true}`, valid: []string{`null`, `1`}},
	{name: "boolean", schema: `{"type":"boolean"}`, valid: []string{`true`, `false`}, invalid: []string{`null`, `"true"`, `0`, `[]`, `{}`}},
	{name: "string", schema: `{"type":"string"}`, valid: []string{`""`, `"a"`}, invalid: []string{`null`, `1`, `true`, `[]`, `{}`}},
	{name: "nullable string", schema: `{"type":"string","nullable":true}`, valid: []string{`null`, `""`}, invalid: []string{`1`}},
	{name: "number", schema: `{"type":"number"}`, valid: []string{`0`, `-1.5`, `1e3`}, invalid: []string{`"1"`, `null`}},
	{name: "integer", schema: `{"type":"integer"}`, valid: []string{`0`, `-1`, `1.0`, `1e2`, `100e-2`, `12345678901234567890`, `-0`, `1e300`}, invalid: []string{`1.5`, `1e-1`, `"1"`, `true`}},
	{name: "int32", schema: `{"type":"integer","format":"int32"}`, valid: []string{`2147483647`, `-2147483648`}, invalid: []string{`2147483648`, `-2147483649`, `1e10`}},
	{name: "int64", schema: `{"type":"integer","format":"int64"}`, valid: []string{`9223372036854775807`, `-9223372036854775808`}, invalid: []string{`9223372036854777856`, `1e19`}},
	{name: "int32 and exclusive maximum", schema: `{"type":"integer","format":"int32","maximum":3000000000,"exclusiveMaximum":true}`, valid: []string{`2147483647`}, invalid: []string{`2147483648`}},
	{name: "float format", schema: `{"type":"number","format":"float"}`, valid: []string{`1e300`}},
	{name: "minimum", schema: `{"type":"number","minimum":1.5}`, valid: []string{`1.5`, `2`, `15e-1`}, invalid: []string{`1.4999`, `-2`}},
	{name: "maximum", schema: `{"type":"integer","maximum":10}`, valid: []string{`10`, `-99`}, invalid: []string{`11`, `1e9`}},
	{name: "exclusive", schema: `{"type":"number","minimum":0,"exclusiveMinimum":true,"maximum":1,"exclusiveMaximum":true}`, valid: []string{`0.5`, `1e-300`}, invalid: []string{`0`, `1`, `-0`, `0.0`}},
	{name: "exclusive without a limit", schema: `{"type":"number","exclusiveMinimum":true}`, valid: []string{`-1e300`}},
	{name: "multiple of integer", schema: `{"type":"number","multipleOf":3}`, valid: []string{`0`, `9`, `-3`, `3e2`}, invalid: []string{`1`, `10`, `3.1`}},
	{name: "multiple of fraction", schema: `{"type":"number","multipleOf":0.01}`, valid: []string{`0.07`, `19.99`, `1`, `0.29`, `1e10`}, invalid: []string{`0.075`, `0.001`}},
	{name: "multiple of tiny", schema: `{"type":"number","multipleOf":1e-320}`, valid: []string{`0`, `1`}},
	{name: "multiple of, far apart", schema: `{"type":"number","multipleOf":3}`, valid: []string{`3e15`}, invalid: []string{`1e15`}},
	{name: "multiple of a huge value", schema: `{"type":"number","multipleOf":1e300}`, valid: []string{`1e300`, `0`}, invalid: []string{`1`}},
	{name: "number rules without type", schema: `{"minimum":5}`, valid: []string{`5`, `"a"`, `[]`, `{}`}, invalid: []string{`4`, `null`}},

	{name: "lengths in characters", schema: `{"type":"string","minLength":2,"maxLength":3}`, valid: []string{`"ab"`, `"äöü"`, `"\u00e4b"`, `"😀😀"`, `"\ud83d\ude00a"`}, invalid: []string{`"a"`, `"ä"`, `"abcd"`, `"\ud83d\ude00"`, `"😀"`}},
	{name: "pattern", schema: `{"type":"string","pattern":"^[a-z]+$"}`, valid: []string{`"abc"`, `"\u0061"`}, invalid: []string{`""`, `"aB"`, `"a\n"`, `"ä"`}},
	{name: "pattern anywhere", schema: `{"type":"string","pattern":"b+c"}`, valid: []string{`"abbcd"`, `"bc"`}, invalid: []string{`"ac"`}},
	{name: "pattern in groups", schema: `{"type":"string","pattern":"^(main|latest|\\d+)$"}`, valid: []string{`"main"`, `"latest"`, `"007"`}, invalid: []string{`"mainframe"`, `"xlatest"`, `"v2"`, `"1.0"`, `"-1"`, `"main\n"`, `"١"`}},
	{name: "pattern not blank", schema: `{"type":"string","pattern":"\\S"}`, valid: []string{`" a "`, `"ä"`, `"\u00a0"`}, invalid: []string{`""`, `" \t\n"`}},
	{name: "pattern of ECMA", schema: `{"type":"string","pattern":"^\\u00E4$"}`, valid: []string{`"ä"`}, invalid: []string{`"a"`}},
	{name: "pattern with words", schema: `{"type":"string","pattern":"\\bcat\\b"}`, valid: []string{`"a cat"`}, invalid: []string{`"concat"`}},
	{name: "pattern in any case", schema: `{"type":"string","pattern":"(?i)^k$"}`, valid: []string{`"k"`, `"K"`, `"\u212a"`}, invalid: []string{`"l"`}},
	{name: "pattern with dot", schema: `{"type":"string","pattern":"^.$"}`, valid: []string{`"a"`, `"😀"`}, invalid: []string{`"\n"`, `"ab"`}},
	{name: "pattern of lines", schema: `{"type":"string","pattern":"(?m)^b$"}`, valid: []string{`"a\nb\nc"`}, invalid: []string{`"ab"`}},
	{name: "pattern with counts", schema: `{"type":"string","pattern":"^[0-9a-f]{40}$"}`, valid: []string{`"d3928c9793a76ecb8104ec0265051f2d44b00c9c"`}, invalid: []string{`"d3928c9793a76ecb8104ec0265051f2d44b00c9"`, `"D3928c9793a76ecb8104ec0265051f2d44b00c9c"`}},
	{name: "uuid", schema: `{"type":"string","format":"uuid"}`, valid: []string{`"497f6eca-6276-4993-bfeb-53cbbbba6f08"`, `"497F6ECA-6276-4993-BFEB-53CBBBBA6F08"`, `"00000000-0000-0000-0000-000000000000"`}, invalid: []string{`"urn:uuid:497f6eca-6276-4993-bfeb-53cbbbba6f08"`, `"{497f6eca-6276-4993-bfeb-53cbbbba6f08}"`, `"497f6eca62764993bfeb53cbbbba6f08"`, `"497f6eca-6276-4993-bfeb-53cbbbba6f0"`, `"497f6eca-6276-4993-bfeb-53cbbbba6f0g"`, `"497f6eca-6276-4993-bfeb-53cbbbba6f081"`, `""`}},
	{name: "date", schema: `{"type":"string","format":"date"}`, valid: []string{`"2024-02-29"`, `"2000-02-29"`}, invalid: []string{`"2023-02-29"`, `"1900-02-29"`, `"2023-04-31"`, `"2023-13-01"`, `"2023-00-01"`, `"2023-01-00"`, `"2023-1-1"`, `"12023-01-01"`}},
	{name: "date-time", schema: `{"type":"string","format":"date-time"}`, valid: []string{`"2026-05-11T14:12:27+02:00"`, `"2026-05-11T14:12:27Z"`, `"2026-05-11T14:12:27.123456789012-23:59"`}, invalid: []string{`"2026-05-11 14:12:27Z"`, `"2026-05-11t14:12:27z"`, `"2026-05-11T24:00:00Z"`, `"2026-05-11T14:60:00Z"`, `"2026-05-11T14:12:60Z"`, `"2026-05-11T14:12:27"`, `"2026-05-11T14:12:27.Z"`, `"2026-05-11T14:12:27+0200"`, `"2026-05-11T14:12:27+24:00"`, `"2026-02-30T14:12:27Z"`, `"2026-05-11T14:12:27Zx"`, `"2026-05-11T14-12-27Z"`}},
	{name: "byte", schema: `{"type":"string","format":"byte"}`, valid: []string{`""`, `"U3dhZ2dlcg=="`}, invalid: []string{`"*"`}},
	{name: "ip", schema: `{"type":"object","properties":{"4":{"type":"string","format":"ipv4"},"6":{"type":"string","format":"ipv6"}}}`, valid: []string{`{"4":"127.0.0.1","6":"::1"}`}, invalid: []string{`{"4":"::1"}`, `{"4":"127.0.0.01"}`, `{"6":"127.0.0.1"}`, `{"6":"fe80::1%eth0"}`}},
	{name: "annotations", schema: `{"type":"string","format":"uri"}`, valid: []string{`"anything"`}},

	{name: "enum", schema: `{"type":"string","enum":["a","ä"]}`, valid: []string{`"a"`, `"\u00e4"`}, invalid: []string{`"b"`, `""`, `1`, `null`}},
	{name: "enum of numbers", schema: `{"type":"number","enum":[1,2.5]}`, valid: []string{`1`, `1.0`, `25e-1`}, invalid: []string{`2`, `"1"`}},
	{name: "enum of booleans", schema: `{"type":"boolean","enum":[true]}`, valid: []string{`true`}, invalid: []string{`false`}},
	{name: "enum of false", schema: `{"enum":[false]}`, valid: []string{`false`}, invalid: []string{`true`, `null`, `0`}},
	{name: "enum mixed", schema: `{"enum":["a",1,true]}`, valid: []string{`"a"`, `1`, `true`}, invalid: []string{`false`, `2`, `"b"`, `[]`, `{}`, `null`}},
	{name: "enum and null", schema: `{"type":"string","nullable":true,"enum":["a"]}`, valid: []string{`"a"`, `null`}, invalid: []string{`"b"`}},
	{name: "null only", schema: `{"type":"object","nullable":true,"enum":[null]}`, valid: []string{`null`}, invalid: []string{`{}`, `1`}},
	{name: "enum of objects", schema: `{"enum":[{"a":1}]}`, kin: true, valid: []string{`{"a":1.0}`}, invalid: []string{`{}`}},
	{name: "enum of another type", schema: `{"type":"string","enum":[1]}`, invalid: []string{`1`, `"1"`}},

	{name: "array", schema: `{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":2}`, valid: []string{`[1]`, `[1,2]`}, invalid: []string{`[]`, `[1,2,3]`, `["a"]`, `[1,null]`, `{}`}},
	{name: "items of anything", schema: `{"type":"array","items":{}}`, valid: []string{`[]`, `[1,"a",{}]`}, invalid: []string{`[null]`}},
	{name: "unique strings", schema: `{"type":"array","items":{"type":"string"},"uniqueItems":true}`, valid: []string{`[]`, `["a","b"]`, `["a","\u0062"]`}, invalid: []string{`["a","a"]`, `["a","\u0061"]`}},
	{name: "unique numbers", schema: `{"type":"array","items":{"type":"number"},"uniqueItems":true}`, valid: []string{`[1,2]`, `[0,10,1e2]`}, invalid: []string{`[1,1]`, `[1,1.0]`, `[100,1e2]`, `[12345678901234567890,12345678901234567891]`}},
	{name: "unique anything", schema: `{"type":"array","items":{"nullable":true},"uniqueItems":true}`, valid: []string{`[null,true,false,"true",1,"1",[],{}]`, `[{"a":1},{"a":2}]`}, invalid: []string{`[null,null]`, `[true,true]`, `[{"a":1,"b":2},{"b":2,"a":1}]`}},
	{name: "unique, side by side", schema: `{"type":"object","not":{"required":["a","b"],"properties":{"a":{"type":"array","items":{},"uniqueItems":true},"b":{"type":"array","items":{},"uniqueItems":true}}}}`, valid: []string{`{}`, `{"a":["x","x"],"b":["x"]}`}, invalid: []string{`{"a":["x",1],"b":["x",1]}`}},
	{name: "unique, nested", schema: `{"type":"array","uniqueItems":true,"items":{"type":"array","uniqueItems":true,"items":{"type":"integer"}}}`, valid: []string{`[[1],[2]]`}, invalid: []string{`[[1,1]]`, `[[1],[1]]`}},

	{name: "object", schema: `{"type":"object","required":["a"],"properties":{"a":{"type":"string"},"b":{"type":"integer"}}}`, valid: []string{`{"a":"x"}`, `{"a":"x","c":null}`, `{"b":1,"a":"x"}`}, invalid: []string{`{}`, `{"a":1}`, `{"a":"x","b":"y"}`, `{"a":"x","B":1}`, `{"A":"x","a":"x"}`, `[]`}},
	{name: "closed", schema: `{"type":"object","additionalProperties":false,"properties":{"a":{}}}`, valid: []string{`{}`, `{"a":1}`}, invalid: []string{`{"b":1}`, `{"A":1}`, `{"a":null}`}},
	{name: "closed, nothing declared", schema: `{"type":"object","additionalProperties":false}`, valid: []string{`{}`}, invalid: []string{`{"":1}`}},
	{name: "additional by schema", schema: `{"type":"object","additionalProperties":{"type":"string"}}`, valid: []string{`{"a":"x","b":"y"}`}, invalid: []string{`{"a":1}`, `{"a":null}`}},
	{name: "required, not described", schema: `{"type":"object","required":["x"],"additionalProperties":{"type":"integer"}}`, valid: []string{`{"x":1}`}, invalid: []string{`{}`, `{"x":"a"}`}},
	{name: "required, not described, closed", schema: `{"type":"object","required":["x"],"additionalProperties":false}`, invalid: []string{`{}`, `{"x":1}`}},
	{name: "number of members", schema: `{"type":"object","minProperties":1,"maxProperties":2}`, valid: []string{`{"a":1}`, `{"a":1,"b":2}`}, invalid: []string{`{}`, `{"a":1,"b":2,"c":3}`}},
	{name: "case by folding", schema: `{"type":"object","properties":{"ks":{}}}`, valid: []string{`{"ks":1,"other":1}`}, invalid: []string{`{"KS":1}`, `{"\u212a\u017f":1}`}},
	{name: "two names, one folded", schema: `{"type":"object","properties":{"a":{"type":"integer"},"A":{"type":"string"}}}`, valid: []string{`{"a":1,"A":"x"}`}, invalid: []string{`{"a":"x"}`}},
	{name: "required in another case", schema: `{"type":"object","required":["A"],"properties":{"a":{"type":"integer"}}}`, kin: true, invalid: []string{`{"A":1}`, `{"a":1}`, `{"a":1,"A":1}`}},
	{name: "properties without type", schema: `{"properties":{"a":{"type":"integer"}}}`, valid: []string{`1`, `"a"`, `{"a":1}`}, invalid: []string{`{"a":"x"}`, `null`}},
	{name: "schema of empty schemas", schema: `{"properties":{"a":{}}}`, kin: true, valid: []string{`{"a":null}`, `{"b":1}`}, invalid: []string{`{"A":1}`, `null`}},

	{name: "one of, told by type", schema: `{"oneOf":[{"type":"object","additionalProperties":{"type":"string"}},{"type":"array","maxItems":0,"items":{}}]}`, valid: []string{`{}`, `{"a":"x"}`, `[]`}, invalid: []string{`[1]`, `{"a":1}`, `null`, `"a"`}},
	{name: "one of, nullable reference", schema: `{"oneOf":[{"type":"object","required":["a"],"properties":{"a":{"type":"integer"}}},{"type":"object","nullable":true,"enum":[null]}]}`, valid: []string{`null`, `{"a":1}`}, invalid: []string{`{}`, `{"a":null}`, `{"A":1,"a":1}`, `[]`}},
	{name: "one of, read twice", schema: `{"oneOf":[{"type":"integer","minimum":5},{"type":"integer","multipleOf":2}]}`, valid: []string{`7`, `4`}, invalid: []string{`6`, `3`}},
	{name: "one of objects", schema: `{"oneOf":[{"type":"object","required":["a"]},{"type":"object","required":["b"]}]}`, valid: []string{`{"a":1}`, `{"b":[{"c":1}]}`}, invalid: []string{`{"a":1,"b":1}`, `{}`, `{"a":1,"a":2}`}},
	{name: "one of, and more", schema: `{"type":"object","required":["x"],"oneOf":[{"required":["a"]},{"required":["b"]}]}`, valid: []string{`{"x":1,"a":1}`}, invalid: []string{`{"a":1}`, `{"x":1}`, `{"x":1,"a":1,"b":1}`}},
	{name: "any of", schema: `{"anyOf":[{"type":"string","maxLength":2},{"type":"integer"},{"type":"string","pattern":"^x"}]}`, valid: []string{`"ab"`, `"xyz"`, `1`}, invalid: []string{`"abc"`, `1.5`, `null`}},
	{name: "any of with null", schema: `{"anyOf":[{"type":"string"},{"type":"integer","nullable":true}]}`, valid: []string{`null`, `"a"`, `1`}, invalid: []string{`true`}},
	{name: "all of", schema: `{"allOf":[{"type":"object","required":["a"],"properties":{"a":{"type":"integer"}}},{"type":"object","required":["b"],"properties":{"b":{"type":"string"}}}]}`, valid: []string{`{"a":1,"b":"x"}`}, invalid: []string{`{"a":1}`, `{"a":1,"b":1}`, `{"a":1,"b":"x","B":1}`}},
	{name: "all of, closed", schema: `{"allOf":[{"type":"object","properties":{"a":{}}},{"type":"object","additionalProperties":false,"properties":{"a":{},"b":{}}}]}`, valid: []string{`{"a":1,"b":1}`}, invalid: []string{`{"c":1}`}},
	{name: "all of with null", schema: `{"allOf":[{"type":"string","nullable":true},{"nullable":true,"maxLength":2}]}`, valid: []string{`null`, `"ab"`}, invalid: []string{`"abc"`}},
	{name: "not", schema: `{"type":"string","not":{"enum":["a"]}}`, valid: []string{`"b"`}, invalid: []string{`"a"`, `1`}},
	{name: "not an object with", schema: `{"type":"object","not":{"required":["a"]}}`, valid: []string{`{}`, `{"b":1}`}, invalid: []string{`{"a":1}`}},
	{name: "combined in combined", schema: `{"anyOf":[{"allOf":[{"type":"object","required":["a"]},{"not":{"required":["b"]}}]},{"oneOf":[{"type":"array","items":{"type":"string"}},{"type":"string"}]}]}`, valid: []string{`{"a":1}`, `["x"]`, `"x"`}, invalid: []string{`{"a":1,"b":1}`, `[1]`, `null`}},
	{name: "case across combined", schema: `{"type":"object","properties":{"a":{"type":"integer"}},"anyOf":[{"required":["a"]},{"properties":{"B":{"type":"string"}}}]}`, valid: []string{`{"a":1,"B":"x"}`}, invalid: []string{`{"a":1,"b":"x"}`}},
	{name: "all of itself", schema: `{"nullable":true,"allOf":[{"$ref":"#/paths/~1things~1{id}/put/requestBody/content/application~1json/schema"},{"type":"string"}]}`, kin: true, valid: []string{`"a"`, `null`}, invalid: []string{`1`}},
	{name: "discriminator", schema: `{"oneOf":[{"type":"object"}],"discriminator":{"propertyName":"kind"}}`, kin: true, valid: []string{`{"kind":"x"}`}, invalid: []string{`{}`, `{"kind":1}`}},
}

func TestSchemas(t *testing.T) {
	for _, row := range schemaRows {
		t.Run(row.name, func(t *testing.T) {
			v, err := validate.New(tiny(row.schema))
			if err != nil {
				t.Fatal(err)
			}
			o := operation(t, v, "putThing")
			if request, responses := o.Compiled(); request == row.kin || responses == row.kin {
				t.Errorf("compiled %v, %v: %q", request, responses, o.Fallbacks())
			}
			for _, text := range row.valid {
				if refusal := checkBody(t, o, []byte(text), params); refusal != nil {
					t.Errorf("%s: refused: %v", text, refusal)
				}
				compare(t, o, []byte(text))
			}
			for _, text := range row.invalid {
				if checkBody(t, o, []byte(text), params) == nil {
					t.Errorf("%s: accepted", text)
				}
				compare(t, o, []byte(text))
			}
		})
	}
}

// Schemas that contain themselves in alternatives cost twice as much with every level. Documents of them may
// nest less; without that limit this test does not end.
func TestAlternativesOfThemselves(t *testing.T) {
	nested := func(depth int, inner string) []byte {
		return []byte(strings.Repeat(`{"a":`, depth) + inner + strings.Repeat(`}`, depth))
	}
	for _, row := range []struct {
		name, keywords string
		depth          int
	}{
		{"one of two objects", `"nullable":true,"oneOf":[{"type":"object","required":["a"],"properties":{"a":{"$ref":"#/components/schemas/S"}}},{"type":"object","required":["b"],"properties":{"a":{"$ref":"#/components/schemas/S"}}}]`, 12},
		{"any of", `"nullable":true,"anyOf":[{"type":"object","properties":{"a":{"$ref":"#/components/schemas/S"}}},{"type":"string"}]`, 12},
		{"not", `"nullable":true,"not":{"type":"object","required":["b"],"properties":{"a":{"$ref":"#/components/schemas/S"}}}`, 12},
		{"one of, with read-only members", `"nullable":true,"oneOf":[{"type":"object","properties":{"id":{"type":"string","readOnly":true},"a":{"$ref":"#/components/schemas/S"}}},{"type":"string"}]`, 12},
		{"one of, told by type", `"nullable":true,"oneOf":[{"type":"object","properties":{"a":{"$ref":"#/components/schemas/S"}}},{"type":"string"}]`, 32},
	} {
		t.Run(row.name, func(t *testing.T) {
			v, err := validate.New([]byte(hollow(row.keywords)))
			if err != nil {
				t.Fatal(err)
			}
			o := operation(t, v, "putThing")
			for _, inner := range []string{"null", "7"} {
				if refusal := o.CheckBody(nested(32, inner)); (refusal == nil) != (row.depth == 32 && inner == "null") {
					t.Errorf("32 levels of %s: %v", inner, refusal)
				}
				_ = o.CheckBody(nested(row.depth, inner))
			}
			if refusal := o.CheckBody(nested(row.depth+1, "null")); refusal == nil || refusal.Reason != validate.ReasonJSON {
				t.Errorf("%d levels: %v", row.depth+1, refusal)
			}
		})
	}
}
