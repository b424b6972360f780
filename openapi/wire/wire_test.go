package wire_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/openapi/wire"
)

func TestFieldErrorsReadsBothForms(t *testing.T) {
	for _, row := range []struct {
		in    string
		want  wire.FieldErrors
		out   string
		wrong bool
	}{
		{in: `[]`, want: wire.FieldErrors{}, out: `[]`},
		{in: ` [ ] `, want: wire.FieldErrors{}, out: `[]`},
		{in: `{}`, want: wire.FieldErrors{}, out: `[]`},
		{in: `null`, out: `[]`},
		{in: `{"a.b":"c"}`, want: wire.FieldErrors{"a.b": "c"}, out: `{"a.b":"c"}`},
		{in: `["a"]`, wrong: true},
		{in: `{"a":1}`, wrong: true},
		{in: `"a"`, wrong: true},
	} {
		var got wire.FieldErrors
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

func TestStringListReadsBothForms(t *testing.T) {
	for _, row := range []struct {
		in    string
		want  wire.StringList
		out   string
		wrong bool
	}{
		{in: `[]`, want: wire.StringList{}, out: `[]`},
		{in: `null`, out: `[]`},
		{in: `["b","a"]`, want: wire.StringList{"b", "a"}, out: `["b","a"]`},
		{in: `{"1":"b","0":"a"}`, want: wire.StringList{"b", "a"}, out: `["b","a"]`},
		{in: `{}`, want: wire.StringList{}, out: `[]`},
		{in: `{"1":2}`, wrong: true},
		{in: `[1]`, wrong: true},
		{in: `"a"`, wrong: true},
	} {
		var got wire.StringList
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
