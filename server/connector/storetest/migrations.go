package storetest

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// MigrationsStay compares the files in folder with the SHA-256 sums that they had when they were written. A database
// that has run a migration never runs it again, so to edit one splits old databases from new ones.
func MigrationsStay(t *testing.T, folder string, sums map[string]string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(text)
		found[filepath.Base(file)] = hex.EncodeToString(sum[:])
	}
	if diff := cmp.Diff(sums, found); diff != "" {
		t.Errorf("a migration was changed; write a new migration instead, and add its sum here (-written +found):\n%s", diff)
	}
}
