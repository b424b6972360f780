package check

import (
	"strings"

	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
)

// raised are the changes that oasdiff mentions without a warning and that break a caller of this API all the same:
// SDKs and gateways hold the server to every answer, header and value that the contract declares.
var raised = []string{
	"response-non-success-status-removed",
	"optional-response-header-removed",
	"response-optional-property-removed",
	"response-optional-write-only-property-removed",
	"response-media-type-name-specialized",
	"response-property-became-enum",
	"response-mediatype-became-enum",
	"request-body-default-value-changed",
	"request-body-default-value-removed",
	"request-property-default-value-changed",
	"request-property-default-value-removed",
	"request-parameter-default-value-changed",
	"request-parameter-default-value-removed",
	"request-body-discriminator-removed",
	"request-body-discriminator-property-name-changed",
	"request-property-discriminator-removed",
	"request-property-discriminator-property-name-changed",
	"response-body-discriminator-removed",
	"response-body-discriminator-property-name-changed",
	"response-property-discriminator-removed",
	"response-property-discriminator-property-name-changed",
	"api-security-anonymous-access-added",
	"api-removed-with-deprecation",
	"api-path-removed-with-deprecation",
	"request-parameter-removed-with-deprecation",
	"request-property-removed-with-deprecation",
	"response-required-property-removed-with-deprecation",
}

// elsewhereJudged are oasdiff's rules that another check of this package judges.
var elsewhereJudged = []string{
	"api-operation-id-removed", "api-schema-removed", // Names
	"api-version-not-bumped", "api-version-decreased", "api-major-version-not-bumped", // Version
}

// Breaking refuses what could break a caller of the released contract: what oasdiff calls an error or a warning, what
// it mentions but should warn about, and what it does not see. It looks at rules.
func Breaking(released, contract []byte) Report {
	return measured("breaking", "rules", released, contract, breakingReport)
}

func breakingReport(base, revision *document) Report {
	report := Report{Check: "breaking", What: "rules"}
	findings, looked, err := breaking(base, revision)
	if err != nil {
		findings = []Finding{*unreadable(report.Check, revision.file, err)}
	}
	report.Looked, report.Findings = looked, findings
	return report
}

// breaking returns what Breaking refuses, and how many rules it applied.
func breaking(base, revision *document) (findings []Finding, looked int, err error) {
	changes, err := compare(base, revision, checker.WARN)
	if err != nil {
		return nil, 0, err
	}
	findings = merge(changes, base, revision)
	for _, rule := range silent {
		findings = append(findings, rule(base, revision)...)
	}
	for i := range findings {
		findings[i].Check = "breaking"
		findings[i].Remedy += orMajor(base)
	}
	return findings, len(checker.GetAllRules()) + len(silent), nil
}

// compare returns oasdiff's changes of at least a level, in its order.
func compare(base, revision *document, level checker.Level) (checker.Changes, error) {
	difference, sources, err := diff.GetWithOperationsSourcesMap(diff.NewConfig(), base.spec, revision.spec)
	if err != nil {
		return nil, err
	}
	levels := map[string]checker.Level{}
	for _, id := range raised {
		levels[id] = checker.ERR
	}
	for _, id := range elsewhereJudged {
		levels[id] = checker.NONE
	}
	config := checker.NewConfig(checker.GetAllChecks(), checker.WithSeverityLevels(levels))
	return checker.CheckBackwardCompatibilityUntilLevel(config, difference, sources, level), nil
}

// merge makes one finding of a change that is reported for several operations, as one in a shared component is.
func merge(changes checker.Changes, base, revision *document) []Finding {
	type key struct {
		file, problem string
		line          int
	}
	var findings []Finding
	seen := map[key]int{}
	for _, change := range changes {
		finding := of(change, base, revision)
		k := key{finding.File, finding.Problem, finding.Line}
		if i, ok := seen[k]; ok {
			findings[i].Place += " and " + finding.Place
			continue
		}
		seen[k] = len(findings)
		findings = append(findings, finding)
	}
	return findings
}

// of says where a change is seen: in the contract, or in the released one where it is about something gone.
func of(change checker.Change, base, revision *document) Finding {
	finding := Finding{
		rule: change.GetId(), File: revision.file, Place: strings.TrimSpace(change.GetOperation() + " " + change.GetPath()),
		Problem: plain(change), Remedy: remedy(change.GetId()),
	}
	if finding.Place == "" {
		finding.Place = change.GetSection()
	}
	if source := change.GetRevisionSource(); source != nil {
		finding.Line = source.Line
	} else if source := change.GetBaseSource(); source != nil {
		finding.File, finding.Line = base.file, source.Line
	}
	return finding
}

// plain is oasdiff's sentence without the list of other places that share a schema.
func plain(change checker.Change) string {
	text := change.GetUncolorizedText(checker.NewDefaultLocalizer())
	text, _, _ = strings.Cut(text, " (shared schema: ")
	return strings.NewReplacer("/oneOf[#/components/schemas/", "(", "]/", ")/").Replace(text)
}

func remedy(id string) string {
	switch {
	case announcedOnly(id):
		return "keep the operation, mark it `deprecated: true` with x-deprecated-at and x-sunset, and remove it after that date"
	case strings.HasPrefix(id, "api-security"):
		return "ask for the released credentials, no more and no less"
	case strings.HasPrefix(id, "request-"), strings.HasPrefix(id, "new-re"), strings.HasPrefix(id, "added-re"):
		return "accept again all that was accepted; add what is new as optional, beside the old"
	case strings.HasPrefix(id, "response-"), strings.HasPrefix(id, "optional-res"), strings.HasPrefix(id, "required-res"):
		return "answer as released; add what is new beside the old"
	default:
		return "go back to what was released; add what is new beside the old"
	}
}

// announcedOnly tells whether a rule is about an operation that went without a warning, or before the date it named.
func announcedOnly(id string) bool {
	return strings.HasPrefix(id, "api-") && strings.Contains(id, "removed") &&
		(strings.Contains(id, "without-deprecation") || strings.Contains(id, "before-sunset"))
}

// unannounced keeps the findings that even a new major version does not excuse.
func unannounced(findings []Finding) []Finding {
	var kept []Finding
	for _, finding := range findings {
		if announcedOnly(finding.rule) {
			finding.Remedy = remedy(finding.rule) + " (a new major version does not excuse it: callers must have been told)"
			kept = append(kept, finding)
		}
	}
	return kept
}
