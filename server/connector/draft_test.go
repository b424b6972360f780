package connector_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/connector/storetest"
)

// TestMembersAreSetByTheirPath is for rules of operations to come: they may write any member of the document.
func TestMembersAreSetByTheirPath(t *testing.T) {
	v := storetest.Samples()[0].Versions[0]
	got, changes, err := connector.SetMembers(v,
		"platform_prod_reference.target-accounts", []int{1, 2, 3},
		"name", "renamed",
		"config.migration", map[string]int{"legacy-executable": 7},
		"platform_prod_reference.released", false) // as it is
	if err != nil {
		t.Fatal(err)
	}
	want := string(v.JSON())
	for _, edit := range [][2]string{
		{`"target-accounts":[]`, `"target-accounts":[1,2,3]`},
		{`"migration":null`, `"migration":{"legacy-executable":7}`},
	} {
		if !strings.Contains(want, edit[0]) {
			t.Fatalf("the sample has no %s", edit[0])
		}
		want = strings.Replace(want, edit[0], edit[1], 1)
	}
	var name struct{ Name string }
	if err := json.Unmarshal(v.JSON(), &name); err != nil {
		t.Fatal(err)
	}
	want = strings.Replace(want, `"name":"`+name.Name+`"`, `"name":"renamed"`, 1)
	if diff := cmp.Diff(want, string(got.JSON())); diff != "" {
		t.Error(diff)
	}
	var paths []string
	for _, change := range changes {
		paths = append(paths, change.Path+" "+string(change.Before)+" "+string(change.After))
	}
	if diff := cmp.Diff([]string{
		"platform_prod_reference.target-accounts [] [1,2,3]",
		`name "` + name.Name + `" "renamed"`,
		`config.migration null {"legacy-executable":7}`,
	}, paths); diff != "" {
		t.Error(diff)
	}
	if loaded, err := connector.LoadVersion(got.AppendStored(nil)); err != nil || !loaded.Equal(got) {
		t.Errorf("the version cannot be stored: %v", err)
	}
}

func TestMembersThatAreNotThereAreNotSet(t *testing.T) {
	v := storetest.Samples()[0].Versions[0]
	for _, path := range []string{"", "unheard-of", "config.unheard-of", "name.first", "config.migration.legacy-executable", "config.", "config..docker"} {
		if _, _, err := connector.SetMembers(v, path, 1); err == nil {
			t.Errorf("%q was set", path)
		}
	}
	if got, changes, err := connector.SetMembers(v, "platform_prod_reference.target-sites", []int{}); err != nil || changes != nil || !got.Equal(v) {
		t.Errorf("setting what is set: %v, %v", changes, err)
	}
	if _, _, err := connector.SetMembers(v, "version", "not a version"); err == nil {
		t.Error("a version that cannot be loaded was made")
	}
}
