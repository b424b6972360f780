package validate_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/productsupcom/cde/server/validate"
)

// Random schemas and documents that are near them. Names and values come from small sets, so that
// documents often fit, and often nearly.

var (
	names    = []string{"a", "A", "b", "ab", "k", "K", "\u212a", "s", "ſ", ""}
	texts    = []string{"", "a", "b", "ab", "abc", " ", "ä", "😀", "2024-02-29", "K"}
	numerals = []string{"0", "-0", "1", "2", "3", "6", "7", "1.0", "0.5", "1.5", "1e1", "15e-1", "-3", "2147483648", "9007199254740993", "1e300", "1e400", "0.3", "123456789012345678"}
	patterns = []string{"^a", "b$", "^(a|ab)$", `\S`, "^$", "^[a-c]{1,2}$", "ä", "."}
	formats  = []string{"date", "uuid", "date-time", "int32", "int64", "uri"}
)

type schemaMap = map[string]any

// genSchema draws a schema that may hold others up to depth deep.
func genSchema(t *rapid.T, depth int) schemaMap {
	s := schemaMap{}
	if depth > 0 && rapid.IntRange(0, 9).Draw(t, "ref") == 0 {
		return schemaMap{"$ref": "#/components/schemas/S"}
	}
	kind := rapid.SampledFrom([]string{"", "string", "number", "integer", "boolean", "array", "object", "object", "array"}).Draw(t, "type")
	if kind != "" {
		s["type"] = kind
	}
	chance := func(name string, n int) bool { return rapid.IntRange(1, n).Draw(t, name) == 1 }
	if chance("nullable", 4) {
		s["nullable"] = true
	}
	if chance("enum", 8) {
		s["enum"] = rapid.SliceOfN(rapid.Custom(genScalar), 1, 3).Draw(t, "values")
	}
	if kind == "string" || kind == "" {
		genStringRules(t, s, chance)
	}
	if kind == "number" || kind == "integer" || kind == "" {
		genNumberRules(t, s, chance)
	}
	if kind == "array" {
		s["items"] = schemaMap{}
		if depth > 0 {
			s["items"] = genSchema(t, depth-1)
		}
		if chance("unique", 3) {
			s["uniqueItems"] = true
		}
		if chance("maxItems", 4) {
			s["maxItems"] = rapid.IntRange(0, 2).Draw(t, "maxItems")
		}
		if chance("minItems", 4) {
			s["minItems"] = 1
		}
	}
	if depth > 0 && (kind == "object" || kind == "" && chance("members", 3)) {
		genObjectRules(t, s, depth, chance)
	}
	if depth > 0 && chance("combined", 4) {
		genCombination(t, s, depth)
	}
	return s
}

func genStringRules(t *rapid.T, s schemaMap, chance func(string, int) bool) {
	if chance("minLength", 4) {
		s["minLength"] = rapid.IntRange(0, 2).Draw(t, "minLength")
	}
	if chance("maxLength", 4) {
		s["maxLength"] = rapid.IntRange(0, 3).Draw(t, "maxLength")
	}
	if chance("pattern", 4) {
		s["pattern"] = rapid.SampledFrom(patterns).Draw(t, "pattern")
	}
	if chance("format", 6) {
		s["format"] = rapid.SampledFrom(formats[:3]).Draw(t, "format")
	}
}

func genNumberRules(t *rapid.T, s schemaMap, chance func(string, int) bool) {
	for _, limit := range []string{"minimum", "maximum", "multipleOf"} {
		if chance(limit, 4) {
			s[limit] = rapid.SampledFrom([]float64{0.5, 1, 2, 3, 0.1, 1.5}).Draw(t, limit)
		}
	}
	if chance("exclusiveMinimum", 4) {
		s["exclusiveMinimum"] = true
	}
	if chance("exclusiveMaximum", 4) {
		s["exclusiveMaximum"] = true
	}
	if s["type"] == "integer" && chance("int format", 3) {
		s["format"] = rapid.SampledFrom(formats[3:5]).Draw(t, "format")
	}
}

func genObjectRules(t *rapid.T, s schemaMap, depth int, chance func(string, int) bool) {
	properties := schemaMap{}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 3, rapid.ID[string]).Draw(t, "properties") {
		member := genSchema(t, depth-1)
		if _, ref := member["$ref"]; !ref && chance("access", 8) {
			member[rapid.SampledFrom([]string{"readOnly", "writeOnly"}).Draw(t, "access")] = true
		}
		properties[name] = member
	}
	if len(properties) > 0 {
		s["properties"] = properties
	}
	if chance("required", 2) {
		s["required"] = rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 2, rapid.ID[string]).Draw(t, "required")
	}
	switch rapid.IntRange(0, 5).Draw(t, "additional") {
	case 0:
		s["additionalProperties"] = false
	case 1:
		s["additionalProperties"] = true
	case 2:
		s["additionalProperties"] = genSchema(t, depth-1)
	}
	if chance("maxProperties", 6) {
		s["maxProperties"] = rapid.IntRange(0, 2).Draw(t, "maxProperties")
	}
	if chance("minProperties", 6) {
		s["minProperties"] = 1
	}
}

func genCombination(t *rapid.T, s schemaMap, depth int) {
	branches := func() []schemaMap {
		var list []schemaMap
		for range rapid.IntRange(1, 3).Draw(t, "branches") {
			list = append(list, genSchema(t, depth-1))
		}
		return list
	}
	switch keyword := rapid.SampledFrom([]string{"oneOf", "oneOf", "anyOf", "allOf", "not"}).Draw(t, "keyword"); keyword {
	case "not":
		s["not"] = genSchema(t, depth-1)
	default:
		s[keyword] = branches()
	}
}

func genScalar(t *rapid.T) any {
	switch rapid.IntRange(0, 3).Draw(t, "scalar") {
	case 0:
		return rapid.Bool().Draw(t, "bool")
	case 1:
		return rapid.SampledFrom([]float64{0, 1, 1.5, 2, 3}).Draw(t, "number")
	case 2:
		return nil
	}
	return rapid.SampledFrom(texts).Draw(t, "text")
}

// genDocument draws a JSON text that looks like s half of the time, with its warts.
func genDocument(t *rapid.T, s, root schemaMap, depth int) string {
	if _, ref := s["$ref"]; ref {
		s = root
	}
	if enum, ok := s["enum"].([]any); ok && rapid.Bool().Draw(t, "of enum") {
		b, _ := json.Marshal(rapid.SampledFrom(enum).Draw(t, "value"))
		return string(b)
	}
	for _, keyword := range []string{"oneOf", "anyOf", "allOf"} {
		if branches, ok := s[keyword].([]schemaMap); ok && rapid.Bool().Draw(t, "of "+keyword) {
			return genDocument(t, rapid.SampledFrom(branches).Draw(t, "branch"), root, depth)
		}
	}
	kind, _ := s["type"].(string)
	if kind == "" || rapid.IntRange(0, 7).Draw(t, "other type") == 0 {
		kind = rapid.SampledFrom([]string{"string", "number", "boolean", "null", "object", "array"}).Draw(t, "kind")
	}
	switch kind {
	case "string":
		return genText(t, rapid.SampledFrom(texts).Draw(t, "text"))
	case "number", "integer":
		return rapid.SampledFrom(numerals).Draw(t, "numeral")
	case "boolean":
		return strconv.FormatBool(rapid.Bool().Draw(t, "bool"))
	case "null":
		return "null"
	case "array":
		items, _ := s["items"].(schemaMap)
		return genArray(t, items, root, depth)
	}
	return genObject(t, s, root, depth)
}

func genArray(t *rapid.T, items, root schemaMap, depth int) string {
	var list []string
	for range rapid.IntRange(0, 3).Draw(t, "items") {
		if depth > 0 {
			list = append(list, genDocument(t, items, root, depth-1))
		}
	}
	return "[" + strings.Join(list, rapid.SampledFrom([]string{",", ", ", "\n,"}).Draw(t, "comma")) + "]"
}

func genObject(t *rapid.T, s, root schemaMap, depth int) string {
	properties, _ := s["properties"].(schemaMap)
	additional, _ := s["additionalProperties"].(schemaMap)
	from := append([]string{}, names...)
	for _, name := range names { // those that the schema knows, twice more
		if properties[name] != nil {
			from = append(from, name, name)
		}
	}
	required, _ := s["required"].([]string)
	chosen := append([]string{}, required...)
	chosen = append(chosen, rapid.SliceOfN(rapid.SampledFrom(from), 0, 3).Draw(t, "members")...)
	for _, name := range names {
		if properties[name] != nil && rapid.Bool().Draw(t, "has") {
			chosen = append(chosen, name)
		}
	}
	seen := map[string]bool{}
	var members []string
	for _, name := range chosen {
		if depth == 0 || seen[name] && rapid.IntRange(0, 9).Draw(t, "twice") > 0 {
			continue
		}
		seen[name] = true
		member := additional
		if p, ok := properties[name].(schemaMap); ok {
			member = p
		}
		members = append(members, genText(t, name)+":"+genDocument(t, member, root, depth-1))
	}
	return "{" + strings.Join(members, ",") + "}"
}

// genText draws one of the ways to write a string.
func genText(t *rapid.T, v string) string {
	b, _ := json.Marshal(v)
	if v == "" || rapid.IntRange(0, 4).Draw(t, "escaped") > 0 {
		return string(b)
	}
	return `"` + strings.ReplaceAll(strconv.QuoteToASCII(v[:1]), `"`, "") + strings.Trim(string(b[1+1:]), `"`) + `"`
}

// agree draws a schema and documents, and compares the validator with the oracle.
func agree(t *rapid.T) {
	root := genSchema(t, 3)
	if _, ref := root["$ref"]; ref {
		return
	}
	schema, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	spec := strings.Replace(string(tiny(`{"$ref":"#/components/schemas/S"}`)), `"paths"`, `"components":{"schemas":{"S":`+string(schema)+`}},"paths"`, 1)
	v, err := validate.New([]byte(spec))
	if err != nil {
		t.Skip(err) // a schema that refers to itself in place, or no regular one
	}
	o := v.Operations()[0]
	for range 4 {
		compare(t, o, []byte(genDocument(t, root, root, 4)))
	}
}

func TestAgreesWithOracleOnRandomSchemas(t *testing.T) { rapid.Check(t, agree) }

// FuzzAgree lets the fuzzer steer the random schemas and documents.
func FuzzAgree(f *testing.F) { f.Fuzz(rapid.MakeFuzz(agree)) }
