package postgres_test

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
		"0001_connectors.sql": "c48fdb63cc6e60edf07d4b08a3d52d429a7c95a8162b8bbdc6361d0f31566a3b",
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
