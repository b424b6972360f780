package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// typescriptSums holds the SHA-256 of the contract that gen/typescript was written from and of each file that was
// written, by path. client/typescript writes all of them, with Node.
const typescriptSums = "gen/typescript/sums.json"

// byTypescript reports whether a file under gen/ is client/typescript's to write and to remove.
func byTypescript(file string) bool {
	return path.Dir(file) == path.Dir(typescriptSums) && !strings.HasSuffix(file, ".go")
}

// staleTypescript says what speaks against the files of client/typescript being what the contract says, and names those
// that are. It needs no Node: it compares sums.
func staleTypescript(root string) (stale []string, known map[string]bool, err error) {
	content, err := os.ReadFile(filepath.Join(root, typescriptSums))
	if err != nil {
		return nil, nil, err
	}
	var sums map[string]string
	if err := json.Unmarshal(content, &sums); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", typescriptSums, err)
	}
	known = map[string]bool{typescriptSums: true}
	for _, file := range []string{"openapi/openapi.yaml", "gen/typescript/cde.d.ts", "gen/typescript/operations.json"} {
		if sums[file] == "" {
			stale = append(stale, typescriptSums+" does not name "+file)
		}
	}
	for file, want := range sums {
		content, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			return nil, nil, err
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != want {
			stale = append(stale, file+" changed since gen/typescript was written")
		}
		known[file] = true
	}
	return stale, known, nil
}
