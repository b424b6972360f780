package connector_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/connector/storetest"
)

func TestUpdateContainerAPIVersion(t *testing.T) {
	w := newWorld(t, storetest.Samples()[1])
	got, err := w.put(ptr("other.domain.docker/api:2"), ">=1.0 <2.0")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "container-api.json", got.JSON())
	want := []connector.Event{{
		Sequence: 1, Time: now.Truncate(time.Microsecond), Subject: owner, Operation: "operation", RequestID: "request-1",
		Changes: []connector.Change{
			{Path: "updated-at", Before: []byte(`"2026-05-11T14:13:05+02:00"`), After: []byte(`"2026-11-23T07:06:07+02:00"`)},
			{Path: "state", Before: []byte(`"synchronized-to-dev"`), After: []byte(`"updating"`)},
			{Path: "config.execution.container-api-image", Before: []byte(`"` + seedImage + `"`), After: []byte(`"other.domain.docker/api:2"`)},
			{Path: "config.execution.container-api.image", Before: []byte(`null`), After: []byte(`"other.domain.docker/api:2"`)},
			{Path: "config.execution.container-api.version-constraint", Before: []byte(`"^9.9.9"`), After: []byte(`">=1.0 <2.0"`)},
		},
	}}
	if diff := cmp.Diff(want, w.history()); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if !w.before.UpdatedAt().Equal(time.Date(2026, 5, 11, 12, 13, 5, 0, time.UTC)) || got.State() != connector.Updating ||
		!got.UpdatedAt().Equal(now.Truncate(time.Second)) || got.EffectiveImage() != "other.domain.docker/api:2" ||
		*got.ContainerAPI().Image != "other.domain.docker/api:2" || got.ContainerAPI().VersionConstraint != ">=1.0 <2.0" {
		t.Errorf("the version's methods do not say what its document says: %v %v", got.UpdatedAt(), got.ContainerAPI())
	}
}

// TestDocumentedPut is the documentation's own request and answer.
func TestDocumentedPut(t *testing.T) {
	w := newWorld(t, storetest.Samples()[0],
		`"container-api":{"image":"`+seedImage+`","version-constraint":"^0.20"}`,
		`"container-api":{"image":null,"version-constraint":"^0.19"}`)
	got, err := w.put(ptr(seedImage), "^0.20")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(string(storetest.Samples()[0].Versions[0].JSON()),
		`"updated-at":"2026-05-11T14:12:27+02:00"`, `"updated-at":"2026-11-23T07:06:07+02:00"`, 1)
	if diff := cmp.Diff(want, string(got.JSON())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPutWithoutImageTakesTheDefault(t *testing.T) {
	w := newWorld(t, storetest.Samples()[0])
	w.svc = w.service(connector.Options{DefaultImage: "platform/default:7"})
	got, err := w.put(nil, "^0.20")
	if err != nil || got.ContainerAPI().Image != nil || got.EffectiveImage() != "platform/default:7" {
		t.Errorf("%v: %v, in effect %s", err, got.ContainerAPI(), got.EffectiveImage())
	}
	if !strings.Contains(string(got.JSON()), `"container-api":{"image":null,"version-constraint":"^0.20"}`) {
		t.Errorf("the image is not null: %s", got.JSON())
	}
}

func TestPutMovesTheState(t *testing.T) {
	const application = `"application":{"command":"run","arguments":null,"health-check":null}`
	const vcs = `"vcs":{"authorization":"basic","url":"u","branch":"b","username":null,"deploy-key-public":null,"latest-commit":null}`
	for _, state := range []string{"created", "updating", "updated", "built", "synchronized-to-dev", "synchronized-to-prod",
		"released", "something-new", "synchronizing", "Building", "building-", "ünknown"} {
		for _, test := range []struct {
			name, application, vcs string
			want                   connector.State
		}{
			{"nothing set", `"application":null`, `"vcs":null`, "updating"},
			{"application set", application, `"vcs":null`, "updating"},
			{"vcs set", `"application":null`, vcs, "updating"},
			{"both set", application, vcs, "updated"},
		} {
			t.Run(state+", "+test.name, func(t *testing.T) {
				w := newWorld(t, storetest.Samples()[0], `"state":"updating"`, `"state":"`+state+`"`,
					`"application":null`, test.application, `"vcs":null`, test.vcs)
				if got, err := w.put(nil, "^1"); err != nil || got.State() != test.want {
					t.Errorf("got %s, %v; want %s", got.State(), err, test.want)
				}
			})
		}
	}
}

func TestPutIsRefusedWhileAJobRuns(t *testing.T) {
	for _, state := range []string{"building", "synchronizing-to-dev", "synchronizing-to-prod", "resynchronizing-to-dev",
		"resynchronizing-to-prod", "synchronizing-runtime"} {
		t.Run(state, func(t *testing.T) {
			w := newWorld(t, storetest.Samples()[0], `"state":"updating"`, `"state":"`+state+`"`)
			for _, constraint := range []string{"^1", "^0.20"} { // also one that changes nothing
				_, err := w.put(ptr(seedImage), constraint)
				w.refused(err, "Transition is not allowed, entity is "+state+".")
			}
		})
	}
}

func TestPutThatChangesNothing(t *testing.T) {
	for _, test := range []struct {
		name   string
		record int
		oldnew []string
		image  *string
		want   string
	}{
		{"as it is", 0, nil, ptr(seedImage), "^0.20"},
		{"no image as it is", 1, nil, nil, "^9.9.9"},
		{"a state at rest", 0, []string{`"state":"updating"`, `"state":"synchronized-to-prod"`}, ptr(seedImage), "^0.20"},
		{"stored with escapes", 0, []string{`"image":"test.domain.docker/test/`, `"image":"test.domain\u002edocker\/test\/`}, ptr(seedImage), "^0.20"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, storetest.Samples()[test.record], test.oldnew...)
			got, err := w.put(test.image, test.want)
			if err != nil || !got.Equal(w.before) {
				t.Errorf("%v: %s", err, got.JSON())
			}
			w.unchanged()
		})
	}
}

func TestPutKeepsWhatItDoesNotKnow(t *testing.T) {
	oldnew := []string{
		`"state":"updating"`, `"state":"a state of tomorrow"`,
		`"image":"` + seedImage + `","version-constraint":"^0.20"}`,
		`"image":"` + seedImage + `","version-constraint":"^0.20","x-1":{"image":"no"}}`,
		`"container-api-config":null`, `"container-api-config":null,"x-2":[1.50,"\u00e9\/"],"x-3":{"state":1}`,
		`"dev_config":null`, `"dev_config":null,"x-4":{"updated-at":null}`,
	}
	w := newWorld(t, storetest.Samples()[0], oldnew...)
	got, err := w.put(ptr("a"), "^1")
	if err != nil {
		t.Fatal(err)
	}
	document := string(got.JSON())
	for i := 3; i < len(oldnew); i += 2 {
		tail := oldnew[i][strings.Index(oldnew[i], `"x-`):]
		if !strings.Contains(document, tail) {
			t.Errorf("%s is gone: %s", tail, document)
		}
	}
	back := strings.NewReplacer(
		`"2026-11-23T07:06:07+02:00"`, `"2026-05-11T14:12:27+02:00"`,
		`"container-api-image":"a"`, `"container-api-image":"`+seedImage+`"`,
		`"image":"a","version-constraint":"^1"`, `"image":"`+seedImage+`","version-constraint":"^0.20"`,
		`"state":"updating"`, `"state":"a state of tomorrow"`).Replace(document)
	if diff := cmp.Diff(string(w.before.JSON()), back); diff != "" {
		t.Errorf("more was changed (-want +got):\n%s", diff)
	}
}

func TestPutNamesEveryWrongField(t *testing.T) {
	const blank, invalid = "This value should not be blank.", "This value is not valid."
	for _, test := range []struct {
		name       string
		image      *string
		constraint string
		want       []connector.Field
	}{
		{"no constraint", nil, "", []connector.Field{{Name: "version-constraint", Text: blank}}},
		{"both blank", ptr(" \t"), "\u00a0", []connector.Field{{Name: "image", Text: blank}, {Name: "version-constraint", Text: blank}}},
		{"both invalid", ptr("a b"), "~>1", []connector.Field{{Name: "image", Text: invalid}, {Name: "version-constraint", Text: invalid}}},
		{"empty image", ptr(""), "^1", []connector.Field{{Name: "image", Text: blank}}},
		{"too long", ptr(strings.Repeat("a", 513)), strings.Repeat("1", 256), []connector.Field{
			{Name: "image", Text: "This value is too long. It should have 512 characters or less."},
			{Name: "version-constraint", Text: "This value is too long. It should have 255 characters or less."}}},
		{"control character", nil, "^1\n", []connector.Field{{Name: "version-constraint", Text: invalid}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, storetest.Samples()[0])
			_, err := w.put(test.image, test.constraint)
			var fields *connector.FieldError
			if !errors.As(err, &fields) {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff(test.want, fields.Fields); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			w.unchanged()
		})
	}
}

func TestPutMovesUpdatedAt(t *testing.T) {
	for _, test := range []struct{ name, stored, want string }{
		{"east", "2026-05-11T14:12:27+02:00", "2026-11-23T07:06:07+02:00"},
		{"west, over midnight", "2026-05-11T14:12:27-09:30", "2026-11-22T19:36:07-09:30"},
		{"Zulu", "2026-05-11T14:12:27Z", "2026-11-23T05:06:07+00:00"},
		{"with a fraction", "2026-05-11T14:12:27.123456+01:00", "2026-11-23T06:06:07+01:00"},
		{"the same second", "2026-11-23T07:06:07+02:00", "2026-11-23T07:06:07+02:00"},
		{"the same second with a fraction", "2026-11-23T07:06:07.9+02:00", "2026-11-23T07:06:07.9+02:00"},
		{"one second before", "2026-11-23T07:06:06.9+02:00", "2026-11-23T07:06:07+02:00"},
		{"written by a clock ahead of ours", "2027-01-01T00:00:00+02:00", "2027-01-01T00:00:00+02:00"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, storetest.Samples()[0], `"updated-at":"2026-05-11T14:12:27+02:00"`, `"updated-at":"`+test.stored+`"`)
			got, err := w.put(nil, "^1")
			if want := `"updated-at":"` + test.want + `"`; err != nil || !strings.Contains(string(got.JSON()), want) {
				t.Errorf("%v: no %s in %s", err, want, got.JSON())
			}
			moved := strings.Contains(strings.Join(changes(w.history()), "\n"), "updated-at")
			if moved != (test.stored != test.want) {
				t.Errorf("the event says it moved: %v", moved)
			}
		})
	}
}
