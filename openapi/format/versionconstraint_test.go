package format_test

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/productsupcom/cde/openapi/format"
)

const verdictFile = "testdata/constraints.jsonl"

// verdictRow is Composer's own verdict on one constraint; see TestComposerAgrees for how it was asked.
type verdictRow struct {
	Constraint string `json:"constraint"`
	Valid      bool   `json:"valid"`
}

func readVerdicts(t *testing.T) []verdictRow {
	t.Helper()
	f, err := os.Open(verdictFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows []verdictRow
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var row verdictRow
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		rows = append(rows, row)
	}
	return rows
}

func TestVersionConstraintIsComposers(t *testing.T) {
	rows := readVerdicts(t)
	valid := 0
	for _, row := range rows {
		if row.Valid {
			valid++
		}
		if err := format.VersionConstraint(row.Constraint); (err == nil) != row.Valid {
			t.Errorf("%q: Composer accepts it: %v; we say %v", row.Constraint, row.Valid, err)
		}
	}
	if valid < 300 || len(rows)-valid < 300 {
		t.Errorf("the table has %d rows, %d of them valid: rows are missing", len(rows), valid)
	}
}

func TestVersionConstraintTexts(t *testing.T) {
	long := "dev-" + strings.Repeat("é", format.MaxConstraintLength-4)
	for _, test := range []struct {
		name, constraint string
		want             error
	}{
		{"caret", "^0.20", nil},
		{"longest, in characters", long, nil},
		{"one character more", long + "x", format.TooLong(255)},
		{"empty", "", format.Blank},
		{"white space alone", " \t\u00a0\n", format.Blank},
		{"blanks around", "  ^1.2 ", nil},
		{"tab between", ">=1\t<2", format.Invalid},
		{"newline behind", "^1\n", format.Invalid},
		{"NUL", "dev-\x00", format.Invalid},
		{"C1 control", "dev-\u0085", format.Invalid},
		{"no UTF-8", "dev-\xff", format.Invalid},
		{"lone bar", "|", format.Invalid},
		{"misspelt operator", "~>1.2", format.Invalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := format.VersionConstraint(test.constraint); got != test.want {
				t.Errorf("%q: got %v, want %v", test.constraint, got, test.want)
			}
		})
	}
}

func FuzzVersionConstraint(f *testing.F) {
	for _, seed := range []string{"^0.20", ">=1.0, <2.0 || ~3.1@dev", "1.0 - 2.0", "1.x-dev#abc as 1.0", "20261123.1530-beta2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		err := format.VersionConstraint(s)
		if err == nil && (!utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) || utf8.RuneCountInString(s) > 255) {
			t.Errorf("%q is accepted", s)
		}
		if blanksAround := " " + s + " "; err == nil && len(s) < 250 && format.VersionConstraint(blanksAround) != nil {
			t.Errorf("%q is accepted but not with blanks around", s)
		}
		if err == nil && len(s) < 120 && format.VersionConstraint(s+" || "+s) != nil {
			t.Errorf("%q is accepted but not twice", s)
		}
	})
}

func BenchmarkVersionConstraint(b *testing.B) {
	for _, c := range []string{"^0.20", ">=1.0 <2.0 || ^3.1.4@beta", "1.0 - 2.0", "dev-main"} {
		b.Run(c, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := format.VersionConstraint(c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
