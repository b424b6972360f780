package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/server/connector/storetest"
	"github.com/productsupcom/cde/server/postgres/postgrestest"
)

// TestMoveToPostgreSQL is how one machine is outgrown: export | import, there and back, to the byte.
func TestMoveToPostgreSQL(t *testing.T) {
	small, large, back := database(t), postgrestest.Address(t), database(t)
	var lines []byte
	for n := range 50 {
		r := storetest.Record(n+1, 1+n%3)
		if n%4 == 0 {
			r = storetest.Deleted(r, 1)
		}
		lines = append(r.AppendJSON(lines), '\n')
	}
	move := func(from, to string) string {
		t.Helper()
		records := string(lines)
		if from != "" {
			out, talk, code := cded(t, "", nil, "connectors", "export", "--db", from)
			if code != 0 {
				t.Fatal(talk)
			}
			records = out
		}
		if _, talk, code := cded(t, records, nil, "connectors", "import", "-", "--db", to); code != 0 {
			t.Fatal(talk)
		}
		return records
	}
	move("", small)
	first := move(small, large)
	second := move(large, back)
	if n := strings.Count(first, "\n"); n != 50 {
		t.Errorf("%d records were exported, not 50", n)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("PostgreSQL gives back something else (-SQLite +PostgreSQL):\n%s", diff)
	}
	if diff := cmp.Diff(string(lines), first); diff != "" {
		t.Errorf("SQLite gives back something else (-imported +exported):\n%s", diff)
	}
}
