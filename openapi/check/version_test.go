package check_test

import (
	"strings"
	"testing"

	"github.com/productsupcom/cde/openapi/check"
)

// edit replaces the first occurrence of each pair's first text by its second. A pair that changes nothing fails the test.
func edit(t *testing.T, contract []byte, pairs ...string) []byte {
	t.Helper()
	text := string(contract)
	for i := 0; i+1 < len(pairs); i += 2 {
		changed := strings.Replace(text, pairs[i], pairs[i+1], 1)
		if changed == text {
			t.Fatalf("the contract has no %q", pairs[i])
		}
		text = changed
	}
	return []byte(text)
}

// findings are the lines of all reports' findings.
func findings(reports []check.Report) string {
	var lines []string
	for _, report := range reports {
		for _, finding := range report.Findings {
			lines = append(lines, finding.String())
		}
	}
	return strings.Join(lines, "\n")
}

const version = "  version: 1.0.0\n  description"

func moved(to string) string { return strings.Replace(version, "1.0.0", to, 1) }

func TestVersionMovesAsFarAsTheChange(t *testing.T) {
	words := []string{"description: Update Container API version.", "description: Change the Container API."}
	addition := []string{"      properties:\n        image:\n", "      properties:\n        dry-run:\n          type: boolean\n        image:\n"}
	loosening := []string{"maxLength: 512", "maxLength: 1024"}
	removal := []string{"        '404':\n          $ref: '#/components/responses/NotFound'\n", ""}
	openSet := []string{"        - built\n", "        - built\n        - retired\n"}
	comment := []string{"openapi: 3.0.3\n", "# a comment\nopenapi: 3.0.3\n"}
	for _, row := range []struct {
		name   string
		change []string
		to     string
		want   string // of the finding; empty: none
	}{
		{"nothing", nil, "1.0.0", ""},
		{"a comment", comment, "1.0.0", ""},
		{"nothing, moved", nil, "1.0.1", "moved but nothing changed"},
		{"nothing, back", nil, "0.9.0", "is before the released 1.0.0"},
		{"words", words, "1.0.0", "raise it to 1.0.1, for this is a patch change"},
		{"words", words, "1.0.1", ""},
		{"words, more than asked", words, "1.1.0", ""},
		{"addition", addition, "1.0.1", "raise it to 1.1.0, for this is a minor change"},
		{"addition", addition, "1.1.0", ""},
		{"loosening", loosening, "1.0.1", "raise it to 1.1.0"},
		{"new value of an open set", openSet, "1.0.1", "raise it to 1.1.0"},
		{"new value of an open set", openSet, "1.1.0", ""},
		{"removal", removal, "1.1.0", "raise it to 2.0.0, for this is a major change"},
		{"removal", removal, "2.0.0", ""},
		{"no version", nil, "'1.0'", "is no semantic version"},
		{"a prerelease", words, "1.1.0-rc.1", "is no semantic version"},
	} {
		t.Run(row.name+" "+row.to, func(t *testing.T) {
			t.Parallel()
			released := read(t).Contract
			contract := edit(t, released, row.change...)
			if row.to != "1.0.0" {
				contract = edit(t, contract, version, moved(row.to))
			}
			got := findings([]check.Report{check.Version(released, contract)})
			if row.want == "" && got != "" || !strings.Contains(got, row.want) {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

// deprecated marks the rollback with two dates.
func deprecated(since, sunset string) []string {
	return []string{
		"      operationId: rollbackMigration\n",
		"      operationId: rollbackMigration\n      deprecated: true\n      x-deprecated-at: '" + since + "'\n      x-sunset: '" + sunset + "'\n",
	}
}

// gone cuts the rollback's path out of a contract.
func gone(t *testing.T, contract []byte) []byte {
	t.Helper()
	before, rest, ok := strings.Cut(string(contract), "  /connectors/{publicId}/versions/{connectorVersion}/migration/rollback:\n")
	_, after, ok2 := strings.Cut(rest, "\ncomponents:\n")
	if !ok || !ok2 {
		t.Fatal("the contract has no rollback")
	}
	return []byte(before + "components:\n" + after)
}

// TestANewMajorVersionExcusesAllButAnUnannouncedRemoval tells the policy by its cases.
func TestANewMajorVersionExcusesAllButAnUnannouncedRemoval(t *testing.T) {
	plain := read(t).Contract
	past, future := edit(t, plain, deprecated("2020-01-01", "2020-06-01")...), edit(t, plain, deprecated("2020-01-01", "2999-06-01")...)
	rename := []string{"operationId: rollbackMigration", "operationId: migrationRollback"}
	for _, row := range []struct {
		name               string
		released, contract []byte
		want               string // of the findings; empty: none
	}{
		{"renamed in a minor", plain, edit(t, plain, append(rename, version, moved("1.1.0"))...), "was renamed"},
		{"renamed in a major", plain, edit(t, plain, append(rename, version, moved("2.0.0"))...), ""},
		{"tightened in a major", plain, edit(t, plain, "maxLength: 512", "maxLength: 1", version, moved("2.0.0"),
			"image: test.domain.docker/test/container-api-image:1.0.0\n              version", "image: i\n              version"), ""},
		{"removed in a major, not announced", plain, edit(t, gone(t, plain), version, moved("2.0.0")), "callers must have been told"},
		{"removed in a major, before its sunset", future, edit(t, gone(t, plain), version, moved("2.0.0")), "callers must have been told"},
		{"removed in a minor, after its sunset", past, edit(t, gone(t, plain), version, moved("1.1.0")), "raise info.version to 2.0.0"},
		{"removed in a major, after its sunset", past, edit(t, gone(t, plain), version, moved("2.0.0")), ""},
		{"a field with a sunset", plain, edit(t, plain, "        logo:\n          type: string\n", "        logo:\n          type: string\n          deprecated: true\n          x-sunset: '2020-01-01'\n", version, moved("1.1.0")), "has a sunset date and is no operation"},
		{"a draft", plain, edit(t, plain, "      operationId: rollbackMigration\n", "      operationId: rollbackMigration\n      x-stability-level: draft\n", version, moved("1.1.0")), "has a stability level"},
		{"deprecated in a minor", plain, edit(t, future, version, moved("1.1.0")), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got := findings(check.All(check.Change{Contract: row.contract, Released: row.released, Overlay: read(t).Overlay}))
			if row.want == "" && got != "" || !strings.Contains(got, row.want) {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

// TestEveryCheckSaysHowMuchItLookedAt notices a check that no longer looks at anything.
func TestEveryCheckSaysHowMuchItLookedAt(t *testing.T) {
	least := map[string]int{"lint": 200, "overlay": 3, "names": 60, "breaking": 500, "version": 1}
	reports := check.All(read(t))
	if len(reports) != len(least) {
		t.Errorf("%d checks ran, want %d", len(reports), len(least))
	}
	for _, report := range reports {
		if report.Looked < least[report.Check] {
			t.Errorf("%s; want at least %d looked at", report, least[report.Check])
		}
	}
}

// TestTheContractPasses is what make check-contract runs, against the newest release.
func TestTheContractPasses(t *testing.T) {
	change, err := check.ReadChange("../..")
	if err != nil {
		t.Fatal(err)
	}
	if got := findings(check.All(change)); got != "" {
		t.Error(got)
	}
	stale, err := check.StaleChangelog("../..")
	if err != nil || len(stale) > 0 {
		t.Errorf("not what the releases say: %v %v; run make release-contract", stale, err)
	}
}
