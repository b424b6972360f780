package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/server/samples"
)

// TestImportAndExportKeepEverything sends the samples, and one with keys that nobody knows, through import and export.
func TestImportAndExportKeepEverything(t *testing.T) {
	var records []map[string]any
	if err := json.Unmarshal(samples.JSON, &records); err != nil {
		t.Fatal(err)
	}
	records = append(records, unknownKeys(t))
	input, err := json.Marshal(records)
	if err != nil {
		t.Fatal(err)
	}
	db := database(t)
	if _, talk, code := cded(t, string(input), nil, "connectors", "import", "-", "--db", db); code != 0 || !strings.Contains(talk, "imported 3 connectors with 3 versions") {
		t.Fatalf("exit %d: %s", code, talk)
	}
	exported, talk, code := cded(t, "", nil, "connectors", "export", "--db", db)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, talk)
	}
	got := map[string]any{}
	for line := range strings.Lines(exported) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		got[record["public-id"].(string)] = record
	}
	for _, want := range records {
		if diff := cmp.Diff(any(want), got[want["public-id"].(string)]); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}

	if _, talk, code := cded(t, exported, nil, "connectors", "import", "-", "--db", db); code != 0 || !strings.Contains(talk, "3 of them replaced") {
		t.Fatalf("importing what was exported: exit %d: %s", code, talk)
	}
	twice, _, _ := cded(t, "", nil, "connectors", "export", "--db", db)
	if diff := cmp.Diff(exported, twice); diff != "" {
		t.Errorf("importing what was exported changed something: %s", diff)
	}
	one, _, _ := cded(t, "", nil, "connectors", "export", "--db", db, "--public-id", samples.Rollback)
	if strings.Count(one, "\n") != 1 || !strings.Contains(one, samples.Rollback) {
		t.Errorf("--public-id: %s", one)
	}
}

// unknownKeys is a sample under another id, with keys inside config that no page shows.
func unknownKeys(t *testing.T) map[string]any {
	t.Helper()
	var records []map[string]any
	if err := json.Unmarshal(samples.JSON, &records); err != nil {
		t.Fatal(err)
	}
	record := records[1]
	record["public-id"] = "3f2f9f9e-0000-4000-8000-00000000abcd"
	config := record["versions"].([]any)[0].(map[string]any)["config"].(map[string]any)
	config["zz-new"] = map[string]any{"deep": []any{1.5, "a", nil, map[string]any{"b": true}}}
	config["docker"].(map[string]any)["new"] = "kept"
	config["execution"].(map[string]any)["new"] = "kept"
	config["execution"].(map[string]any)["container-api"].(map[string]any)["new"] = "kept"
	return record
}

func TestBadImportsChangeNothing(t *testing.T) {
	db := database(t)
	good := strings.TrimSpace(string(samples.JSON))
	if _, talk, code := cded(t, good, nil, "connectors", "import", "-", "--db", db); code != 0 {
		t.Fatal(talk)
	}
	before, _, _ := cded(t, "", nil, "connectors", "export", "--db", db)
	line := strings.SplitN(before, "\n", 2)[0]
	for _, row := range []struct{ name, input, says string }{
		{"no JSON", "nonsense", "line 1"},
		{"second line broken", line + "\n{\n", "line 2"},
		{"duplicate key", strings.Replace(line, `"owner":`, `"owner":"5d4fc3a0-0000-4000-8000-000000000001","owner":`, 1), "line 1"},
		{"unknown key", strings.Replace(line, `"owner":`, `"owners":[],"owner":`, 1), "line 1"},
		{"no uuid", strings.Replace(line, `"owner":"5d4f`, `"owner":"x`, 1), "line 1"},
		{"cut off", line[:len(line)-10], "line 1"},
		{"NUL", strings.Replace(line, `"omdb"`, `"om\u0000db"`, 1), "line 1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, talk, code := cded(t, row.input, nil, "connectors", "import", "-", "--db", db)
			if code != 1 || !strings.Contains(talk, row.says) || !strings.Contains(talk, "nothing was imported") {
				t.Errorf("exit %d: %s", code, talk)
			}
		})
	}
	if after, _, _ := cded(t, "", nil, "connectors", "export", "--db", db); after != before {
		t.Errorf("a bad import changed the database:\n%s", cmp.Diff(before, after))
	}
}

func TestImportDropsTheTokenOfVCS(t *testing.T) {
	db := database(t)
	input := strings.Replace(string(samples.JSON), `"authorization": "basic",`, `"authorization": "basic", "token": "hush-hush",`, 1)
	_, talk, code := cded(t, input, nil, "connectors", "import", "-", "--db", db)
	if code != 0 || !strings.Contains(talk, "warning") || strings.Contains(talk, "hush") {
		t.Errorf("exit %d: %s", code, talk)
	}
	exported, _, _ := cded(t, "", nil, "connectors", "export", "--db", db)
	content, err := os.ReadFile(databasePath(db))
	if err != nil || strings.Contains(exported, "hush") || strings.Contains(string(content), "hush") {
		t.Errorf("the token was kept (%v)", err)
	}
}

func TestListAndShow(t *testing.T) {
	db := database(t)
	if _, talk, code := cded(t, string(samples.JSON), nil, "connectors", "import", "-", "--db", db); code != 0 {
		t.Fatal(talk)
	}
	table, _, _ := cded(t, "", nil, "connectors", "list", "--db", db)
	if strings.Count(table, "\n") != 3 || !strings.Contains(table, samples.ContainerAPI) {
		t.Error(table)
	}
	lines, _, _ := cded(t, "", nil, "connectors", "list", "--db", db, "-o", "json")
	for line := range strings.Lines(lines) {
		var found listed
		if err := json.Unmarshal([]byte(line), &found); err != nil || len(found.Versions) != 1 || *found.Main != 1 {
			t.Errorf("%s: %v", line, err)
		}
	}
	shown, _, _ := cded(t, "", nil, "connectors", "show", samples.ContainerAPI, "--db", db)
	if !strings.Contains(shown, "^0.19") || !strings.Contains(shown, "created") {
		t.Error(shown)
	}
	whole, _, _ := cded(t, "", nil, "connectors", "show", samples.ContainerAPI, "--db", db, "-o", "json")
	exported, _, _ := cded(t, "", nil, "connectors", "export", "--public-id", samples.ContainerAPI, "--db", db)
	if diff := cmp.Diff(exported, whole); diff != "" {
		t.Error(diff)
	}
	if _, talk, code := cded(t, "", nil, "connectors", "show", "00000000-0000-4000-8000-000000000000", "--db", db); code != 1 || !strings.Contains(talk, "Connector not found.") {
		t.Errorf("exit %d: %s", code, talk)
	}
}

// TestLookingMakesNoDatabase: a command that only reads says that there is none, rather than to make an empty one.
func TestLookingMakesNoDatabase(t *testing.T) {
	folder := t.TempDir()
	empty := filepath.Join(folder, "empty.db")
	writeFile(t, empty, nil)
	for _, command := range [][]string{
		{"connectors", "list"},
		{"connectors", "show", samples.ContainerAPI},
		{"connectors", "history", samples.ContainerAPI, "1"},
		{"connectors", "export"},
		{"backup", filepath.Join(folder, "copy.db")},
	} {
		for file, says := range map[string]string{filepath.Join(folder, "typo.db"): "no such file", empty: "not a database of connectors"} {
			out, talk, code := cded(t, "", nil, append(command, "--db", "sqlite:"+file)...)
			if code != 1 || out != "" || !strings.Contains(talk, says) {
				t.Errorf("%q: exit %d: %s%s", command, code, out, talk)
			}
		}
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
		t.Errorf("something was made: %v, %v", entries, err)
	}
}

func TestBackup(t *testing.T) {
	db := database(t)
	if _, talk, code := cded(t, string(samples.JSON), nil, "connectors", "import", "-", "--db", db); code != 0 {
		t.Fatal(talk)
	}
	before, _, _ := cded(t, "", nil, "connectors", "export", "--db", db)
	file := filepath.Join(t.TempDir(), "copy.db")
	if _, talk, code := cded(t, "", nil, "backup", file, "--db", db); code != 0 {
		t.Fatal(talk)
	}
	after, _, _ := cded(t, "", nil, "connectors", "export", "--db", "sqlite:"+file)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
	if _, talk, code := cded(t, "", nil, "backup", file, "--db", db); code != 1 {
		t.Errorf("a backup over a file that exists: exit %d: %s", code, talk)
	}
}
