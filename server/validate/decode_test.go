package validate_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/server/validate"
)

type update struct {
	Image      *string `json:"image,omitempty"`
	Constraint string  `json:"version-constraint"`
	Other      string  `json:"-"`
}

type mixed struct {
	A string `json:"a"`
	N int    `json:"n"`
}

// Decode must do what json.Unmarshal does, for every document that is strict.
func TestDecode(t *testing.T) {
	for _, text := range []string{
		`{}`, putBody, " { \"image\" : null , \"version-constraint\" : \"^1\" } ", `{"version-constraint":"\u00e4\n\ud83d\ude00","image":"\/"}`,
		`{"version\u002dconstraint":"^1"}`, `{"version-constraint":null}`, `{"other":1,"version-constraint":"x"}`, `{"-":"x"}`,
		`{"image":""}`, `[]`, `null`, `{"image":1}`, `{"version-constraint":"ä"}`, ``, `{`, `{"image"`, `{"image":`, `{"image":"`, `{"image":"x"`, `{"image":"x",`,
	} {
		same[update](t, text)
		same[mixed](t, text)
		same[map[string]any](t, text)
		same[any](t, text)
	}
	same[mixed](t, `{"a":"x","n":7}`)
	if err := validate.Decode([]byte(`{}`), update{}); err == nil {
		t.Error("decoded into a value")
	}
	if err := validate.Decode([]byte(`{}`), (*update)(nil)); err == nil {
		t.Error("decoded into nothing")
	}
}

func same[T any](t *testing.T, text string) {
	t.Helper()
	image := "before"
	var got, want T
	for _, into := range []*T{&got, &want} {
		if u, ok := any(into).(*update); ok {
			u.Image, u.Constraint = &image, "before"
		}
	}
	gotErr, wantErr := validate.Decode([]byte(text), &got), json.Unmarshal([]byte(text), &want)
	if (gotErr == nil) != (wantErr == nil) {
		t.Errorf("%s: %v, want %v", text, gotErr, wantErr)
	}
	if gotErr == nil && !cmp.Equal(got, want) {
		t.Errorf("%s: %s", text, cmp.Diff(want, got))
	}
}

// The decoded strings must not change when the buffer behind the body is used again.
func TestDecodeCopies(t *testing.T) {
	body := []byte(putBody)
	var got update
	if err := validate.Decode(body, &got); err != nil {
		t.Fatal(err)
	}
	clear(body)
	if got.Constraint != "^0.20" || *got.Image != "test.domain.docker/test/container-api-image:1.0.0" {
		t.Errorf("%+v", got)
	}
}
