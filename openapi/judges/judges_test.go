// Package judges_test has the contract, and the server against it, judged by tools that nobody here wrote: Spectral with
// the OWASP rules, Redocly, Prism as a proxy, Portman with newman. Each test asserts how much the tool checked. They need Node;
// without it they are skipped, saying so, but in CI, where they fail.
package judges_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/productsupcom/cde/server/nodetest"
)

// spectralVerdict is what spectral.mjs prints.
type spectralVerdict struct {
	Rules, OWASP, Evaluations int
	Findings                  []struct {
		Rule, Place, Message string
		Line                 int
	}
	Exceptions []struct {
		Rule, At, Reason string
		Needed           int
	}
}

// spectral judges contracts, in one run of the program.
func spectral(t *testing.T, contracts ...string) []spectralVerdict {
	t.Helper()
	dir := nodetest.Install(t, ".")
	nodetest.Reads(t, "../openapi.yaml", "spectral.mjs")
	var verdicts []spectralVerdict
	output := nodetest.Run(t, dir, nil, "node", append([]string{"spectral.mjs"}, contracts...)...)
	for line := range strings.Lines(output) {
		var verdict spectralVerdict
		if err := json.Unmarshal([]byte(line), &verdict); err != nil {
			t.Fatalf("%v\n%s", err, line)
		}
		verdicts = append(verdicts, verdict)
	}
	if len(verdicts) != len(contracts) {
		t.Fatalf("%d verdicts on %d contracts", len(verdicts), len(contracts))
	}
	return verdicts
}

func TestSpectralAndTheOWASPRules(t *testing.T) {
	verdict := spectral(t, "../openapi.yaml")[0]
	for _, finding := range verdict.Findings {
		t.Errorf("openapi/openapi.yaml:%d: %s: %s: %s", finding.Line, finding.Rule, finding.Place, finding.Message)
	}
	for _, exception := range verdict.Exceptions {
		if exception.Needed == 0 || exception.Reason == "" {
			t.Errorf("exception of %s at %s: needed %d times, reason %q; take it out of spectral.mjs, or give the reason",
				exception.Rule, exception.At, exception.Needed, exception.Reason)
		}
	}
	if verdict.Rules < 70 || verdict.OWASP < 30 || verdict.Evaluations < 1000 {
		t.Errorf("%d rules, %d of OWASP, %d evaluations; want at least 70, 30, 1000", verdict.Rules, verdict.OWASP, verdict.Evaluations)
	}
	t.Logf("Spectral: %d rules, %d of OWASP, %d evaluations", verdict.Rules, verdict.OWASP, verdict.Evaluations)
}

// TestSpectralSeesAWeakContract proves that the rules which are kept to what callers send still look there.
func TestSpectralSeesAWeakContract(t *testing.T) {
	ways := []struct{ name, was, is, rule string }{
		{"no bound of a text", "          maxLength: 512\n", "", "owasp:api4:2023-string-limit"},
		{"an open request", "      required: [version-constraint]\n      additionalProperties: false\n", "      required: [version-constraint]\n      additionalProperties: true\n", "owasp:api3:2023-no-additionalProperties"},
		{"no sign-in", "security:\n  - oAuth2AuthCode: []\n", "", "owasp:api2:2023-write-restricted"},
		{"a plain address", "url: https://cde.productsup.com", "url: http://cde.productsup.com", "owasp:api8:2023-no-server-http"},
		{"no 401", "        '401':\n          $ref: '#/components/responses/Unauthorized'\n", "", "owasp:api8:2023-define-error-responses-401"},
	}
	var contracts []string
	for _, way := range ways {
		contracts = append(contracts, broken(t, way.was, way.is))
	}
	for i, verdict := range spectral(t, contracts...) {
		found := false
		for _, finding := range verdict.Findings {
			found = found || finding.Rule == ways[i].rule
		}
		if !found {
			t.Errorf("%s: %s is silent; found %v", ways[i].name, ways[i].rule, verdict.Findings)
		}
	}
}

// TestRedocly is the second opinion on the form of the contract.
func TestRedocly(t *testing.T) {
	dir := nodetest.Install(t, ".")
	nodetest.Reads(t, "../openapi.yaml", "redocly.yaml")
	lint := func(contract string) string {
		return nodetest.Run(t, dir, []string{"REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true", "NO_COLOR=1"},
			"sh", "-c", `node_modules/.bin/redocly lint --config redocly.yaml --format=json "$0" || true`, contract)
	}
	var verdict struct {
		Totals   struct{ Errors, Warnings int }
		Problems []struct{ RuleID, Message string }
	}
	decode := func(output string) {
		t.Helper()
		if err := json.Unmarshal([]byte(output), &verdict); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
	}
	decode(lint("../openapi.yaml"))
	for _, problem := range verdict.Problems {
		t.Errorf("%s: %s", problem.RuleID, problem.Message)
	}
	decode(lint(broken(t, "      operationId: rollbackMigration\n", "")))
	if verdict.Totals.Errors+verdict.Totals.Warnings == 0 {
		t.Error("Redocly lets an operation without an id pass: it did not look")
	}
}

// broken writes the contract, with one edit, to a file of its own.
func broken(t *testing.T, was, is string) string {
	t.Helper()
	contract, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(contract), was, is, 1)
	if changed == string(contract) {
		t.Fatalf("the contract has no %q", was)
	}
	file := filepath.Join(t.TempDir(), "openapi.yaml")
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
