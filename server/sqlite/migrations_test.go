package sqlite_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMigrationsStayAsTheyAre: a database that has run a migration never runs it again, so to edit one splits old
// databases from new ones. Write a new migration instead, and add its checksum here.
func TestMigrationsStayAsTheyAre(t *testing.T) {
	want := map[string]string{
		"0001_connectors.sql": "1969e5587c4b71ae43e533a8933d56ea8cbb51c52d067f3df2d3b9bc9f1c9b6b",
	}
	files, err := filepath.Glob("migrations/*")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(text)
		got[filepath.Base(file)] = hex.EncodeToString(sum[:])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a migration was changed; write a new migration instead (-pinned +found):\n%s", diff)
	}
}
