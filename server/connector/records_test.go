package connector_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/connector/storetest"
)

// readAll returns the records, warnings and error of an import.
func readAll(r io.Reader) (records []connector.Record, warnings []connector.RecordError, err error) {
	for record, e := range connector.ReadRecords(r, func(w connector.RecordError) { warnings = append(warnings, w) }) {
		if e != nil {
			return records, warnings, e
		}
		records = append(records, record)
	}
	return records, warnings, nil
}

// sample is the first sample in its import form, with each old text replaced by the new one.
func sample(t testing.TB, oldnew ...string) string {
	t.Helper()
	s := string(storetest.Samples()[0].AppendJSON(nil))
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(s, oldnew[i]) {
			t.Fatalf("the sample has no %s", oldnew[i])
		}
		s = strings.Replace(s, oldnew[i], oldnew[i+1], 1)
	}
	return s
}

func TestReadRecordsForms(t *testing.T) {
	a, b := storetest.Samples()[0], storetest.Samples()[1]
	one, two := string(a.AppendJSON(nil)), string(b.AppendJSON(nil))
	spread := strings.NewReplacer(`,"`, ",\r\n\t \"", `":`, "\" :\n ", "[", "[ ", "{", "{ ").Replace(one)
	for name, input := range map[string]string{
		"lines":                   one + "\n" + two + "\n",
		"lines without an end":    one + "\n" + two,
		"carriage returns":        one + "\r\n" + two + "\r\n",
		"one behind the other":    one + two,
		"empty lines":             "\n\n" + one + "\n\n\n" + two + "\n\n",
		"array":                   "[" + one + "," + two + "]",
		"array over many lines":   " [\n" + one + "\n,\n" + two + "\n]\n",
		"white space everywhere":  spread + two,
		"members in other orders": reorder(t, one) + two,
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(input), iotest.OneByteReader(strings.NewReader(input))} {
				got, warnings, err := readAll(r)
				if err != nil || len(warnings) != 0 {
					t.Fatalf("%v, %v", err, warnings)
				}
				if diff := cmp.Diff([]connector.Record{a, b}, got, cmp.Comparer(connector.Version.Equal)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

// reorder moves members of the sample's objects about.
func reorder(t *testing.T, s string) string {
	t.Helper()
	for _, pair := range [][2]string{
		{`"name":"kohler.org",`, `"version":"1.0.0",`},
		{`"image-tag":null,`, `"image-name":null,`},
		{`"owner":"` + owner + `",`, `"integrator":"` + integrator + `",`},
		{`"site":null,`, `"assigned-to-channel":null,`},
	} {
		if !strings.Contains(s, pair[0]) || !strings.Contains(s, pair[1]) {
			t.Fatalf("the sample has no %v", pair)
		}
		s = strings.NewReplacer(pair[0], pair[1], pair[1], pair[0]).Replace(s)
	}
	return s
}

func TestReadRecordsNothing(t *testing.T) {
	for _, input := range []string{"", " \n\t\r\n", "[]", " [ \n ] \n"} {
		if got, warnings, err := readAll(strings.NewReader(input)); len(got)+len(warnings) > 0 || err != nil {
			t.Errorf("%q: %v, %v, %v", input, got, warnings, err)
		}
	}
}

func TestReadRecordsKeepsTheUnknown(t *testing.T) {
	unknown := []string{
		`{"name"`, `{"x-0":{"deep":[{"b":1,"a":2},"\u00e9\/\"\ud83d\ude00",-0.50e+3,true,null]},"name"`,
		`"docker":{`, `"docker":{"X-1":"first","x-1":"second",`,
		`"runtime":{`, `"runtime":{"x-2":[],`,
		`"state":"updating"`, `"state":"a state of tomorrow"`,
		`"update-progress":[]`, `"update-progress":{"0":"php"}`,
		`"feature-flags":[]`, `"feature-flags":{"b":{},"a":[]}`,
		`"buckets":[]`, `"buckets":[{"bucket-id":"x"}]`,
		`"assigned-to-channel-site-destination":null`, `"assigned-to-channel-site-destination":1.5`,
		`"container-api-config":null`, `"container-api-config":{"\u006bey":1}`,
	}
	got, _, err := readAll(strings.NewReader(sample(t, unknown...)))
	if err != nil {
		t.Fatal(err)
	}
	document := string(got[0].Versions[0].JSON())
	for _, want := range []string{
		`"dev_config":null,"x-0":{"deep":[{"b":1,"a":2},"\u00e9\/\"\ud83d\ude00",-0.50e+3,true,null]}}`,
		`"docker":{"image-name":null,"image-tag":null,"registry-url":null,"X-1":"first","x-1":"second"}`,
		`"version":"8.16.19","x-2":[]}`,
		`"state":"a state of tomorrow"`, `"update-progress":{"0":"php"}`, `"feature-flags":{"b":{},"a":[]}`,
		`"buckets":[{"bucket-id":"x"}]`, `"assigned-to-channel-site-destination":1.5`, `"container-api-config":{"key":1}`,
	} {
		if !strings.Contains(document, want) {
			t.Errorf("no %s in %s", want, document)
		}
	}
	again, _, err := readAll(bytes.NewReader(got[0].AppendJSON(nil)))
	if err != nil || !again[0].Versions[0].Equal(got[0].Versions[0]) {
		t.Errorf("reading what was written changes it: %v", err)
	}
}

func TestReadRecordsExecutableInUse(t *testing.T) {
	for _, place := range [][2]string{
		{`{"name"`, `{"executable-in-use":24,"name"`},
		{`"dev_config":null`, `"dev_config":null,"executable-in-use":24,"x":1`},
		{`"dev_config":null`, `"dev_config":null,"x":1,"executable-in-use":24`},
	} {
		got, _, err := readAll(strings.NewReader(sample(t, place[0], place[1])))
		if err != nil {
			t.Fatal(err)
		}
		v := got[0].Versions[0]
		if n, ok := v.ExecutableInUse(); !ok || n != 24 || strings.Contains(string(v.JSON()), "executable-in-use") {
			t.Errorf("%s: in use is %d, %v in %s", place[1], n, ok, v.JSON())
		}
		if stored := string(v.AppendStored(nil)); !strings.HasSuffix(stored, `,"executable-in-use":24}`) {
			t.Errorf("stored as %s", stored)
		}
	}
}

func TestReadRecordsDropsTokens(t *testing.T) {
	const secret = "ghp_secret"
	vcs := func(token string) string {
		return `"vcs":{"authorization":"basic","` + token + `":"` + secret + `","url":"u","branch":"b","username":null,` +
			"\n" + `"deploy-key-public":null,"latest-commit":null}`
	}
	input := "\n[" + sample(t, `"vcs":null`, vcs("token"), `"readme":null`, `"readme":null,"x":{"token":"kept"}`) + ",\n" +
		sample(t, `"vcs":null`, vcs("TOKEN"), `"dev_config":null`, `"dev_config":`+devConfig(t, vcs(`t\u006fken`))) + "]"
	got, warnings, err := readAll(strings.NewReader(input))
	if err != nil {
		t.Fatal(err)
	}
	const dropped = "This value is secret and was dropped."
	want := []connector.RecordError{
		{Record: 1, Line: 2, Path: "versions[0].config.vcs.token", Text: dropped},
		{Record: 2, Line: 4, Path: "versions[0].config.vcs.TOKEN", Text: dropped},
		{Record: 2, Line: 5, Path: "versions[0].dev_config.vcs.token", Text: dropped},
	}
	if diff := cmp.Diff(want, warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	for _, r := range got {
		if out := string(r.AppendJSON(nil)); strings.Contains(out, secret) {
			t.Errorf("the secret is kept: %s", out)
		}
	}
	if !strings.Contains(string(got[0].AppendJSON(nil)), `"x":{"token":"kept"}`) {
		t.Error("a member that is only called token is gone")
	}
}

// devConfig returns the sample's config with another vcs.
func devConfig(t *testing.T, vcs string) string {
	t.Helper()
	_, config, _ := strings.Cut(sample(t), `"config":`)
	config, _, _ = strings.Cut(config, `,"platform_dev_reference"`)
	return strings.Replace(config, `"vcs":null`, vcs, 1)
}

func TestReadRecordsRefuses(t *testing.T) {
	const (
		missing, twice, unexpected = "This field is missing.", "This field was given twice.", "This field was not expected."
		notText                    = "This value should be of type string."
	)
	whole := sample(t)
	version := whole[strings.Index(whole, `"versions":[`)+12 : len(whole)-2]
	for _, test := range []struct {
		name, input string
		line        int
		path, text  string
	}{
		{"no object", "7", 1, "", "A record was expected here, or the end."},
		{"text behind", whole + "\nx", 2, "", "A record was expected here, or the end."},
		{"byte order mark", "\ufeff" + whole, 1, "", "A record was expected here, or the end."},
		{"comma between lines", whole + ",\n" + whole, 1, "", "A record was expected here, or the end."},
		{"no comma in the array", "[" + whole + "\n" + whole + "]", 2, "", "A record was expected here, or the end."},
		{"comma before the end", "[" + whole + ",\n]", 2, "", "A record was expected here, or the end."},
		{"array in array", "[[" + whole + "]]", 1, "", "A record was expected here, or the end."},
		{"two arrays", "[" + whole + "]\n[]", 2, "", "A record was expected here, or the end."},
		{"record behind the array", "[]" + whole, 1, "", "A record was expected here, or the end."},
		{"array without end", "[" + whole + "\n", 2, "", "The array does not end."},
		{"record without end", "\n\n" + whole[:len(whole)-2], 3, "", "The last record does not end."},
		{"no JSON", `{"public-id":01}`, 1, "", "This is not valid JSON."},
		{"no JSON in line 3", "\n{\n\"owner\": nil }", 3, "", "This is not valid JSON."},
		{"no UTF-8", "{\"owner\":\"\xff\"}", 1, "", "This is not valid UTF-8."},
		{"empty object", "{}", 1, "public-id", missing},
		{"no owner", sample(t, `"owner":"`+owner+`",`, ""), 1, "owner", missing},
		{"no versions", `{"public-id":"` + owner + `","owner":"` + owner + `","integrator":null,"main-version-number":null}`, 1, "versions", missing},
		{"unknown member", sample(t, `"owner"`, `"Owner":1,"owner"`), 1, "Owner", unexpected},
		{"member twice", sample(t, `"owner"`, `"owner":"`+owner+"\",\n\"owner\""), 2, "owner", twice},
		{"id is no uuid", sample(t, `"public-id":"`, `"public-id":"urn:uuid:`), 1, "public-id", "This is not a valid UUID."},
		{"owner is no uuid", sample(t, `"owner":"`, `"owner":"x`), 1, "owner", "This is not a valid UUID."},
		{"owner is null", sample(t, `"owner":"`+owner+`"`, `"owner":null`), 1, "owner", notText},
		{"integrator is a number", sample(t, `"integrator":"`+integrator+`"`, `"integrator":1`), 1, "integrator", notText},
		{"main is text", sample(t, `"main-version-number":1`, `"main-version-number":"1"`), 1, "main-version-number", "This value should be of type null or integer."},
		{"main is 0", sample(t, `"main-version-number":1`, `"main-version-number":0`), 1, "main-version-number", "This value is not valid."},
		{"main is 1.0", sample(t, `"main-version-number":1`, `"main-version-number":1.0`), 1, "main-version-number", "This value should be of type null or integer."},
		{"versions is an object", sample(t, `"versions":[`+version+`]`, `"versions":`+version), 1, "versions", "This value should be of type array."},
		{"no version", sample(t, version, ""), 1, "versions", "A connector has at least one version."},
		{"version twice", sample(t, version, version+","+version), 1, "versions", "Version 1 was given twice."},
		{"version is null", sample(t, version, version+",\nnull"), 2, "versions[1]", "This value should be of type object."},
		{"1.0", sample(t, `"1.0.0"`, `"1.0"`), 1, "versions[0].version", "This value is not valid."},
		{"1.0.1", sample(t, `"1.0.0"`, `"1.0.1"`), 1, "versions[0].version", "This value is not valid."},
		{"0.0.0", sample(t, `"1.0.0"`, `"0.0.0"`), 1, "versions[0].version", "This value is not valid."},
		{"01.0.0", sample(t, `"1.0.0"`, `"01.0.0"`), 1, "versions[0].version", "This value is not valid."},
		{"forty digits", sample(t, `"1.0.0"`, `"`+strings.Repeat("1", 40)+`.0.0"`), 1, "versions[0].version", "This value is not valid."},
		{"missing deep down", sample(t, `"image-tag":null,`, "\n"), 2, "versions[0].config.docker.image-tag", missing},
		{"null where none may be", sample(t, `"state":"updating"`, `"state":null`), 1, "versions[0].state", notText},
		{"number for text", sample(t, `"name":"kohler.org"`, `"name":7`), 1, "versions[0].name", notText},
		{"fraction for an integer", sample(t, `"authentication-registrations":[]`, `"authentication-registrations":[1,2.5]`), 1,
			"versions[0].config.authentication-registrations[1]", "This value should be of type integer."},
		{"object for an array", sample(t, `"individuals":[]`, `"individuals":{}`), 1, "versions[0].config.individuals", "This value should be of type array."},
		{"text for a boolean", sample(t, `"released":false`, `"released":"false"`), 1, "versions[0].platform_prod_reference.released", "This value should be of type boolean."},
		{"object for a scalar", sample(t, `"assigned-to-site":null`, `"assigned-to-site":{}`), 1,
			"versions[0].platform_dev_reference.assigned-to-site", "This value should be of type null or boolean or number or string."},
		{"a map of numbers for texts", sample(t, `"secret-registrations":[]`, `"secret-registrations":[{"ini_header":"a","vault_secret":"b","fields":{"0":1}}]`), 1,
			"versions[0].config.secret-registrations[0].fields.0", notText},
		{"no time", sample(t, `"created-at":"2026-05-11T14:12:27+02:00"`, `"created-at":"2026-05-11"`), 1, "versions[0].created-at", "This value is not a valid datetime."},
		{"no such day", sample(t, `"created-at":"2026-05-11T14:12:27+02:00"`, `"created-at":"2026-02-30T14:12:27+02:00"`), 1, "versions[0].created-at", "This value is not a valid datetime."},
		{"known member twice", sample(t, `"state":"updating"`, `"state":"updating","state":"updated"`), 1, "versions[0].state", twice},
		{"twice with an escape", sample(t, `"state":"updating"`, `"state":"updating","st\u0061te":"updated"`), 1, "versions[0].state", twice},
		{"unknown member twice", sample(t, `"container-api-config":null`, `"container-api-config":{"a":1,"b":2,"\u0061":3}`), 1, "versions[0].config.container-api-config.a", twice},
		{"one of many unknown members twice", sample(t, `"container-api-config":null`, `"container-api-config":{`+many(40)+`,"k20":0}`), 1,
			"versions[0].config.container-api-config.k20", twice},
		{"one of few unknown members twice", sample(t, `"container-api-config":null`, `"container-api-config":{`+many(5)+`,"k1":0}`), 1,
			"versions[0].config.container-api-config.k1", twice},
		{"half a pair at the end of a name", sample(t, `"readme":null`, `"readme":null,"x\ud83d":1`), 1, "versions[0]", "This value has a NUL character or half a surrogate pair."},
		{"comma first", "[," + whole + "]", 1, "", "A record was expected here, or the end."},
		{"NUL in a value", sample(t, `"readme":null`, `"readme":"a\u0000b"`), 1, "versions[0].readme", "This value has a NUL character or half a surrogate pair."},
		{"NUL in a name", sample(t, `"readme":null`, `"readme":null,"x\u0000":1`), 1, "versions[0]", "This value has a NUL character or half a surrogate pair."},
		{"high surrogate alone", sample(t, `"readme":null`, `"readme":"\ud83d"`), 1, "versions[0].readme", "This value has a NUL character or half a surrogate pair."},
		{"low surrogate alone", sample(t, `"readme":null`, `"readme":"\ude00x"`), 1, "versions[0].readme", "This value has a NUL character or half a surrogate pair."},
		{"surrogates the wrong way round", sample(t, `"readme":null`, `"readme":"\ude00\ud83d"`), 1, "versions[0].readme", "This value has a NUL character or half a surrogate pair."},
		{"executable in use is text", sample(t, `"dev_config":null`, `"dev_config":null,"executable-in-use":"24"`), 1, "versions[0].executable-in-use", "This value should be of type integer."},
		{"executable in use twice", sample(t, `"dev_config":null`, `"dev_config":null,"executable-in-use":24,"executable-in-use":25`), 1, "versions[0].executable-in-use", twice},
		{"a long name", sample(t, `"readme":null`, `"readme":null,"`+strings.Repeat("é", 101)+`":"\u0000"`), 1,
			"versions[0]." + strings.Repeat("é", 100) + "…", "This value has a NUL character or half a surrogate pair."},
		{"nested too deeply", sample(t, `"container-api-config":null`, `"container-api-config":{"a":`+strings.Repeat("[", 40)+strings.Repeat("]", 40)+`}`), 1,
			"versions[0].config.container-api-config.a" + strings.Repeat("[0]", 28), "This value is nested too deeply."},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := readAll(strings.NewReader(test.input))
			var got *connector.RecordError
			if !errors.As(err, &got) {
				t.Fatalf("got %v", err)
			}
			if got.Line != test.line || got.Path != test.path || got.Text != test.text {
				t.Errorf("got  line %d, %s: %s\nwant line %d, %s: %s", got.Line, got.Path, got.Text, test.line, test.path, test.text)
			}
		})
	}
}

// many returns n members k1, k2, ….
func many(n int) string {
	var members []string
	for i := 1; i <= n; i++ {
		members = append(members, fmt.Sprintf(`"k%d":%d`, i, i))
	}
	return strings.Join(members, ",")
}

func TestReadRecordsSaysWhichRecord(t *testing.T) {
	one := sample(t)
	got, _, err := readAll(strings.NewReader(one + "\n" + one + "\n\n" + sample(t, `"readme":null`, `"readme":1`)))
	var bad *connector.RecordError
	if len(got) != 2 || !errors.As(err, &bad) || bad.Record != 3 || bad.Line != 4 {
		t.Errorf("%d good records, then %v", len(got), err)
	}
	if want := "line 4, record 3: versions[0].readme: This value should be of type null or string."; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestReadRecordsSortsVersions(t *testing.T) {
	whole := sample(t)
	version := whole[strings.Index(whole, `"versions":[`)+12 : len(whole)-2]
	tenth := strings.Replace(version, "1.0.0", "10.0.0", 1)
	second := strings.Replace(version, "1.0.0", "2.0.0", 1)
	got, _, err := readAll(strings.NewReader(sample(t, version, tenth+","+version+","+second)))
	if err != nil {
		t.Fatal(err)
	}
	want := []connector.VersionInfo{{Number: 1}, {Number: 2}, {Number: 10}}
	if diff := cmp.Diff(want, got[0].Connector().Versions); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadRecordsBoundsARecord(t *testing.T) {
	huge := sample(t, `"readme":null`, `"readme":"`+strings.Repeat("x", connector.MaxRecordSize)+`"`)
	_, _, err := readAll(strings.NewReader(sample(t) + "\n" + huge))
	var bad *connector.RecordError
	if !errors.As(err, &bad) || bad.Record != 2 || bad.Line != 2 || !strings.Contains(bad.Text, "longer than") {
		t.Errorf("got %v", err)
	}
}

// TestReadRecordsNamesTheBrokenLine, whatever comes behind it: a line that is no JSON must not swallow the rest of the import.
func TestReadRecordsNamesTheBrokenLine(t *testing.T) {
	one := sample(t)
	behind := strings.Repeat(one+"\n", connector.MaxRecordSize/len(one)+100)
	for name, broken := range map[string]string{
		"a word":               "{broken",
		"a string without end": `{"public-id":"497f6eca`,
		"brackets crossed":     `{"versions":[}`,
		"the line before":      one[:len(one)-1],
		"cut in a name":        `{"pub`,
	} {
		for _, form := range []struct{ begin, end string }{{"", ""}, {"[", ","}} {
			input := form.begin + one + form.end + "\n" + broken + form.end + "\n" + behind
			got, _, err := readAll(strings.NewReader(input))
			var bad *connector.RecordError
			if !errors.As(err, &bad) || len(got) != 1 || bad.Record != 2 || bad.Text != "This is not valid JSON." {
				t.Fatalf("%s: %d records, %v", name, len(got), err)
			}
			// What is left out may be missed only where something else stands in its place.
			last := 2
			if name == "the line before" {
				last = 3
			}
			if bad.Line < 2 || bad.Line > last {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestReadRecordsPassesOnReadErrors(t *testing.T) {
	broken := errors.New("broken pipe")
	got, _, err := readAll(io.MultiReader(strings.NewReader(sample(t)+"\n"), iotest.ErrReader(broken)))
	if len(got) != 1 || !errors.Is(err, broken) {
		t.Errorf("%d records, %v", len(got), err)
	}
}

func TestReadRecordsStopsWhenItIsLeft(t *testing.T) {
	for range connector.ReadRecords(strings.NewReader(sample(t)+"\n}"), nil) {
		return
	}
	t.Error("no record")
}

func FuzzReadRecords(f *testing.F) {
	f.Add([]byte(sample(f)))
	f.Add([]byte("[" + sample(f, `"readme":null`, `"x":"\u00e9","readme":null`) + "]"))
	f.Add([]byte(`[{"public-id":"`))
	f.Fuzz(func(t *testing.T, input []byte) {
		records, _, err := readAll(bytes.NewReader(input))
		var bad *connector.RecordError
		if err != nil && (!errors.As(err, &bad) || bad.Line < 1 || bad.Record != len(records)+1) {
			t.Fatalf("%d records, then %v", len(records), err)
		}
		for _, r := range records {
			again, warnings, err := readAll(bytes.NewReader(r.AppendJSON(nil)))
			if err != nil || len(warnings) > 0 || len(again) != 1 {
				t.Fatalf("what was read cannot be read again: %v, %v", err, warnings)
			}
			if diff := cmp.Diff(r, again[0], cmp.Comparer(connector.Version.Equal)); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

func BenchmarkReadRecords(b *testing.B) {
	var file bytes.Buffer
	for n := 1; n <= 100; n++ {
		file.Write(append(storetest.Record(n, 1).AppendJSON(nil), '\n'))
	}
	b.SetBytes(int64(file.Len()))
	b.ReportAllocs()
	versions := 0
	for b.Loop() {
		records, _, err := readAll(bytes.NewReader(file.Bytes()))
		if err != nil {
			b.Fatal(err)
		}
		versions += len(records)
	}
	b.ReportMetric(float64(versions)/b.Elapsed().Seconds(), "versions/s")
}

func ExampleReadRecords() {
	input := strings.NewReader(`{"public-id": "497f6eca-6276-4993-bfeb-53cbbbba6f08", "owner": "nobody"}`)
	for _, err := range connector.ReadRecords(input, nil) {
		fmt.Println(err)
	}
	// Output: line 1, record 1: owner: This is not a valid UUID.
}
