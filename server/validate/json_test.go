package validate_test

import (
	"strings"
	"testing"

	"github.com/productsupcom/cde/server/validate"
)

// jsonRows are corner cases of reading JSON (RFC 8259 and the project's strict rules): which texts are
// one strict document. Rows marked odd are valid by the grammar alone.
var jsonRows = []struct {
	name, text string
	ok         bool
}{
	{"empty", "", false},
	{"white space only", " \n", false},
	{"null", "null", true},
	{"true", "true", true},
	{"false", "false", true},
	{"white space of all kinds", "\t\r\n [1]\t\r\n ", true},
	{"vertical tab", "\v1", false},
	{"form feed", "\f1", false},
	{"non-breaking space", "\u00a01", false},
	{"line separator outside", "\u20281", false},
	{"byte order mark", "\ufeff{}", false},
	{"UTF-16", "{\x00}\x00", false},
	{"NUL after", "1\x00", false},
	{"comment", "/* */1", false},
	{"line comment", "1//", false},
	{"hash comment", "1#", false},

	{"word in capitals", "True", false},
	{"word cut", "tru", false},
	{"word cut 2", "nul", false},
	{"word longer", "nulll", false},
	{"word and digit", "true1", false},
	{"two words", "null true", false},
	{"undefined", "undefined", false},
	{"NaN", "NaN", false},
	{"Infinity", "Infinity", false},
	{"minus Infinity", "-Infinity", false},

	{"zero", "0", true},
	{"minus zero", "-0", true},
	{"leading zero", "01", false},
	{"minus leading zero", "-01", false},
	{"double zero", "00", false},
	{"minus alone", "-", false},
	{"minus word", "-a", false},
	{"two minuses", "--1", false},
	{"plus", "+1", false},
	{"hexadecimal", "0x1", false},
	{"underscore", "1_000", false},
	{"fraction", "1.5", true},
	{"no fraction", "1.", false},
	{"no fraction before exponent", "1.e1", false},
	{"no integer", ".5", false},
	{"minus no integer", "-.5", false},
	{"two points", "1.1.1", false},
	{"exponent", "1e5", true},
	{"capital exponent", "1E5", true},
	{"exponent plus", "1e+5", true},
	{"exponent minus", "1.5e-05", true},
	{"exponent empty", "1e", false},
	{"exponent sign only", "1e+", false},
	{"exponent twice", "1e1e1", false},
	{"exponent fraction", "1e1.5", false},
	{"zero exponent", "0e0", true},
	{"leading zero of exponent", "1e00005", true},
	{"large", "1e308", true},
	{"too large", "1e309", false},
	{"too large, negative", "-1e400", false},
	{"too large, written out", "1" + strings.Repeat("0", 400), false},
	{"long, not too large", "1" + strings.Repeat("0", 305), true},
	{"long fraction", "0." + strings.Repeat("1", 400), true},
	{"underflow", "1e-400", true},
	{"full width digit", "１", false},
	{"space in number", "1 2", false},
	{"letter after", "1a", false},

	{"string", `"a"`, true},
	{"empty string", `""`, true},
	{"single quotes", `'a'`, false},
	{"open string", `"a`, false},
	{"open string at escape", `"a\`, false},
	{"open after escape", `"a\"`, false},
	{"no quotes", `a`, false},
	{"all simple escapes", `"\"\\\/\b\f\n\r\t"`, true},
	{"escaped a", `"\a"`, false},
	{"escaped quote '", `"\'"`, false},
	{"escaped zero", `"\0"`, false},
	{"escaped x", `"\x41"`, false},
	{"capital U", `"\U0041"`, false},
	{"unicode escape", `"\u0041"`, true},
	{"unicode escape, capitals", `"\u00E9"`, true},
	{"unicode escape cut", `"\u004"`, false},
	{"unicode escape no hex", `"\u00g0"`, false},
	{"unicode escape at end", `"\u12`, false},
	{"escaped U+0000", `"\u0000"`, false},
	{"escaped U+0001", `"\u0001"`, true},
	{"escaped U+007F", `"\u007f"`, true},
	{"raw tab", "\"\t\"", false},
	{"raw newline", "\"\n\"", false},
	{"raw NUL", "\"\x00\"", false},
	{"raw U+001F", "\"\x1f\"", false},
	{"raw U+007F", "\"\x7f\"", true},
	{"line separator inside", "\"\u2028\u2029\"", true},
	{"noncharacter", "\"\ufffe\uffff\"", true},
	{"replacement character", "\"\ufffd\"", true},
	{"beyond the BMP", "\"\U0001f600\"", true},
	{"surrogate pair", `"\ud83d\ude00"`, true},
	{"surrogate pair, capitals", `"\uD83D\uDE00"`, true},
	{"last pair", `"\udbff\udfff"`, true},
	{"high surrogate alone", `"\ud83d"`, false},
	{"high surrogate and text", `"\ud83dx"`, false},
	{"high surrogate and escape", `"\ud83d\n"`, false},
	{"high surrogate twice", `"\ud83d\ud83d\ude00"`, false},
	{"low surrogate alone", `"\ude00"`, false},
	{"pair reversed", `"\ude00\ud83d"`, false},
	{"high surrogate, cut escape", `"\ud83d\u"`, false},
	{"high surrogate, escape of text", `"\ud83d\u0041"`, false},
	{"high surrogate at the end", `"\ud83d\`, false},
	{"CESU-8", "\"\xed\xa0\xbd\xed\xb8\x80\"", false},
	{"Latin-1", "\"\xe9\"", false},
	{"cut UTF-8", "\"\xe2\x82\"", false},
	{"overlong slash", "\"\xc0\xaf\"", false},
	{"overlong NUL", "\"\xc0\x80\"", false},
	{"beyond Unicode", "\"\xf4\x90\x80\x80\"", false},
	{"lone continuation", "\"\x80\"", false},
	{"invalid UTF-8 outside", "\xff", false},
	{"invalid UTF-8 in the ninth byte", "\"12345678\xff\"", false},
	{"quote in the eighth byte", `"1234567"`, true},
	{"long string", `"` + strings.Repeat("x", 1000) + `"`, true},

	{"empty array", "[]", true},
	{"array", `[1,"a",null,true,[],{}]`, true},
	{"array with space", "[ 1 , 2 ]", true},
	{"open array", "[", false},
	{"open array after value", "[1", false},
	{"open array after comma", "[1,", false},
	{"comma at the end", "[1,]", false},
	{"comma at the start", "[,1]", false},
	{"comma only", "[,]", false},
	{"two commas", "[1,,2]", false},
	{"no comma", "[1 2]", false},
	{"colon in array", `["a":1]`, false},
	{"closed by brace", "[1}", false},
	{"closed twice", "[1]]", false},
	{"semicolon", "[1;2]", false},

	{"empty object", "{}", true},
	{"object", `{"a":1,"b":{"c":[]}}`, true},
	{"object with space", "{ \"a\" : 1 , \"b\" : 2 }", true},
	{"empty name", `{"":1}`, true},
	{"open object", "{", false},
	{"open after name", `{"a"`, false},
	{"open after colon", `{"a":`, false},
	{"open after value", `{"a":1`, false},
	{"open after comma of object", `{"a":1,`, false},
	{"comma at the end of object", `{"a":1,}`, false},
	{"comma at the start of object", `{,"a":1}`, false},
	{"name without quotes", `{a:1}`, false},
	{"name in single quotes", `{'a':1}`, false},
	{"number as name", `{1:1}`, false},
	{"null as name", `{null:1}`, false},
	{"no colon", `{"a" 1}`, false},
	{"two colons", `{"a"::1}`, false},
	{"equals sign", `{"a"=1}`, false},
	{"no value", `{"a":}`, false},
	{"name only", `{"a"}`, false},
	{"closed by bracket", `{"a":1]`, false},
	{"duplicate name", `{"a":1,"a":2}`, false},
	{"duplicate name, escaped", `{"a":1,"\u0061":2}`, false},
	{"duplicate name, both escaped", `{"\u0061":1,"\u0061":2}`, false},
	{"duplicate slash, escaped", `{"/":1,"\/":2}`, false},
	{"duplicate empty name", `{"":1,"":2}`, false},
	{"duplicate name, inside", `[{"x":{"a":1,"b":2,"a":3}}]`, false},
	{"same name, different objects", `{"a":{"a":{"a":1}},"b":{"a":1}}`, true},
	{"same name, siblings", `[{"a":1},{"a":1}]`, true},
	{"names that differ in case", `{"a":1,"A":2}`, true},
	{"names that normalise to the same", "{\"\u00e9\":1,\"e\u0301\":2}", true},
	{"duplicate among many", manyNames(100, "n57"), false},
	{"many names", manyNames(100, "other"), true},
	{"U+0000 in a name", `{"\u0000":1}`, false},
	{"lone surrogate in a name", `{"\ud800":1}`, false},
	{"__proto__", `{"__proto__":1}`, true},

	{"two documents", "{}{}", false},
	{"two documents, a line each", "{}\n{}", false},
	{"text after", "{}x", false},
	{"comma after", "1,", false},
	{"depth 32", strings.Repeat("[", 32) + strings.Repeat("]", 32), true},
	{"depth 33", strings.Repeat("[", 33) + strings.Repeat("]", 33), false},
	{"depth 32, mixed", strings.Repeat(`{"a":[`, 16) + strings.Repeat(`]}`, 16), true},
	{"depth 33, mixed", strings.Repeat(`{"a":[`, 16) + "[]" + strings.Repeat(`]}`, 16), false},
	{"wide, not deep", "[" + strings.Repeat("[],", 1000) + "[]]", true},
	{"depth 60000", strings.Repeat("[", 60000), false},
}

// manyNames is an object with n members n0, n1, … and one more.
func manyNames(n int, more string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range n {
		b.WriteString(`"n` + string(rune('0'+i/10)) + string(rune('0'+i%10)) + `":0,`)
	}
	b.WriteString(`"` + more + `":0}`)
	return b.String()
}

// TestJSON reads every row as the body of an operation whose contract asks for JSON and
// says nothing more.
func TestJSON(t *testing.T) {
	v, err := validate.New([]byte(strings.Replace(string(tiny(`{}`)), `{"schema":{}}`, `{}`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	o := operation(t, v, "putThing")
	for _, row := range jsonRows {
		t.Run(row.name, func(t *testing.T) {
			if strict := strictJSON([]byte(row.text), 32) == nil; strict != row.ok && !strings.HasPrefix(row.name, "too large") {
				t.Fatalf("the oracle says %v", strict)
			}
			refusal := checkBody(t, o, []byte(row.text), params)
			if (refusal == nil) != row.ok {
				t.Errorf("%.100q: %v", row.text, refusal)
			}
			if refusal != nil && string(refusal.AppendJSON(nil)) != noFields {
				t.Errorf("%.100q: %s", row.text, refusal.AppendJSON(nil))
			}
		})
	}
}

// TestJSONInPlace reads every row where a schema describes the document, in both directions,
// against the oracle.
func TestJSONInPlace(t *testing.T) {
	schema := `{"type":"object","nullable":true,"properties":{"a":{"type":"array","items":{"type":"integer"}}},"additionalProperties":{"oneOf":[{"type":"object"},{"type":"string","maxLength":3}]}}`
	v, err := validate.New(tiny(schema))
	if err != nil {
		t.Fatal(err)
	}
	o := operation(t, v, "putThing")
	for _, row := range jsonRows {
		for _, form := range []string{"%", `{"a":%}`, `{"b":%}`, `{"b":{"c":[%]}}`, `{%:"a"}`, `{"a":[1,%]}`, "%,%"} {
			compare(t, o, []byte(strings.ReplaceAll(form, "%", row.text)))
		}
	}
}
