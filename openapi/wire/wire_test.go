package wire_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/openapi/wire"
)

// form is a text that a T is read from, or wrongly read, and what is written of it then.
type form[T any] struct {
	in    string
	want  T
	out   string
	wrong bool
}

func checkForms[T any](t *testing.T, forms []form[T]) {
	t.Helper()
	for _, row := range forms {
		var got T
		err := json.Unmarshal([]byte(row.in), &got)
		if (err != nil) != row.wrong {
			t.Errorf("%s: error %v, want one: %v", row.in, err, row.wrong)
		}
		if row.wrong {
			continue
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s: %s", row.in, diff)
		}
		if out, err := json.Marshal(got); err != nil || string(out) != row.out {
			t.Errorf("%s: written as %s (%v), want %s", row.in, out, err, row.out)
		}
	}
}

func TestFieldErrorsReadsBothForms(t *testing.T) {
	checkForms(t, []form[wire.FieldErrors]{
		{in: `[]`, want: wire.FieldErrors{}, out: `[]`},
		{in: ` [ ] `, want: wire.FieldErrors{}, out: `[]`},
		{in: `{}`, want: wire.FieldErrors{}, out: `[]`},
		{in: `null`, out: `[]`},
		{in: `{"a.b":"c"}`, want: wire.FieldErrors{"a.b": "c"}, out: `{"a.b":"c"}`},
		{in: `["a"]`, wrong: true},
		{in: `{"a":1}`, wrong: true},
		{in: `"a"`, wrong: true},
	})
}

func TestStringListReadsBothForms(t *testing.T) {
	checkForms(t, []form[wire.StringList]{
		{in: `[]`, want: wire.StringList{}, out: `[]`},
		{in: `null`, out: `[]`},
		{in: `["b","a"]`, want: wire.StringList{"b", "a"}, out: `["b","a"]`},
		{in: `{"1":"b","0":"a"}`, want: wire.StringList{"b", "a"}, out: `["b","a"]`},
		{in: `{}`, want: wire.StringList{}, out: `[]`},
		{in: `{"1":2}`, wrong: true},
		{in: `[1]`, wrong: true},
		{in: `"a"`, wrong: true},
	})
}
