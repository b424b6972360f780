package connector_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/connector/storetest"
)

func TestLoadVersionReadsWhatWasStored(t *testing.T) {
	for _, r := range storetest.Samples() {
		for _, document := range []string{
			string(r.Versions[0].AppendStored(nil)),
			strings.TrimSuffix(string(r.Versions[0].JSON()), "}") + `,"executable-in-use":24}`,
		} {
			v, err := connector.LoadVersion([]byte(document))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(v.AppendStored([]byte("before"))); got != "before"+document {
				t.Errorf("stored %s\nas     %s", document, got)
			}
			if got := v.JSON(); !bytes.Equal(got, r.Versions[0].JSON()) {
				t.Errorf("the document became %s", got)
			}
		}
	}
}

func TestLoadVersionRefuses(t *testing.T) {
	whole := string(storetest.Samples()[0].Versions[0].AppendStored(nil))
	for n := range len(whole) {
		if _, err := connector.LoadVersion([]byte(whole[:n])); !errors.Is(err, connector.ErrNotAVersion) {
			t.Fatalf("the first %d bytes are taken for a version: %v", n, err)
		}
	}
	for name, document := range map[string]string{
		"text behind":                  whole + "x",
		"state is no text":             strings.Replace(whole, `"state":"updating"`, `"state":1`, 1),
		"no state":                     strings.Replace(whole, `"state":"updating",`, ``, 1),
		"no constraint":                strings.Replace(whole, `"version-constraint"`, `"other"`, 1),
		"another version":              strings.Replace(whole, `1.0.0`, `1.2.0`, 1),
		"members in another order":     strings.Replace(strings.Replace(whole, `"state":"updating",`, ``, 1), `{"name"`, `{"state":"updating","name"`, 1),
		"executable not at the end":    strings.Replace(whole, `"dev_config"`, `"executable-in-use":1,"dev_config"`, 1),
		"config is null":               `{"version":"1.0.0","updated-at":"","state":"","config":null}`,
		"null":                         "null",
		"a quotation mark without end": `{"version":"`,
		"a name without end":           `{"`,
	} {
		if v, err := connector.LoadVersion([]byte(document)); !errors.Is(err, connector.ErrNotAVersion) {
			t.Errorf("%s: got %s, %v", name, v.JSON(), err)
		}
	}
}

func TestEqual(t *testing.T) {
	load := func(document string) connector.Version {
		v, err := connector.LoadVersion([]byte(document))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	whole := string(storetest.Samples()[0].Versions[0].AppendStored(nil))
	with := func(n string) string { return strings.TrimSuffix(whole, "}") + `,"executable-in-use":` + n + "}" }
	for _, test := range []struct {
		name, a, b string
		want       bool
	}{
		{"the same", whole, whole, true},
		{"the same in use", with("1"), with("1"), true},
		{"another in use", with("1"), with("2"), false},
		{"none in use", with("1"), whole, false},
		{"another name", whole, strings.Replace(whole, "kohler", "k", 1), false},
	} {
		if a, b := load(test.a), load(test.b); a.Equal(b) != test.want || b.Equal(a) != test.want {
			t.Errorf("%s: got %v", test.name, !test.want)
		}
	}
}

func FuzzLoadVersion(f *testing.F) {
	for _, r := range storetest.Samples() {
		f.Add(r.Versions[0].AppendStored(nil))
	}
	f.Add([]byte(`{"version":"1.0.0","updated-at":"","state":"","config":{"execution":{"container-api-image":"",` +
		`"container-api":{"image":null,"version-constraint":""}}},"executable-in-use":1}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		v, err := connector.LoadVersion(bytes.Clone(document))
		if err != nil {
			return
		}
		if v.Number() < 1 || !bytes.Equal(v.AppendStored(nil), document) && bytes.Count(document, []byte("executable-in-use")) == 0 {
			t.Errorf("version %d stored as %s", v.Number(), v.AppendStored(nil))
		}
		_, _, _, _ = v.State(), v.ContainerAPI(), v.EffectiveImage(), v.UpdatedAt()
	})
}

func BenchmarkLoadVersion(b *testing.B) {
	document := storetest.Samples()[1].Versions[0].AppendStored(nil)
	b.SetBytes(int64(len(document)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := connector.LoadVersion(document); err != nil {
			b.Fatal(err)
		}
	}
}
