package check_test

import (
	"os"
	"strings"
	"testing"

	"github.com/productsupcom/cde/openapi/check"
)

// way is one way of breaking the contract: the first occurrence of was becomes is, and the check named refuses it with
// a finding that names the place and says what is wrong and what to do.
type way struct {
	name           string
	was, is        string
	check          string
	place, problem string
	remedy         string
}

// ways are those that CONTRIBUTING.md lists. Those marked silent are what oasdiff alone lets pass.
var ways = []way{
	{
		name: "remove a response field",
		was:  "        logo:\n          type: string\n          nullable: true\n", is: "",
		check: "breaking", place: "PUT /connectors/", problem: "removed the required property `data/logo` from the response",
		remedy: "answer as released",
	},
	{
		name: "let a response field be null",
		was:  "        vault_secret:\n          type: string\n", is: "        vault_secret:\n          type: string\n          nullable: true\n",
		check: "breaking", place: "POST /connectors/", problem: "secret-registrations/items/vault_secret` became nullable",
		remedy: "answer as released",
	},
	{
		name: "change the type of a response field",
		was:  "        legacy-executable:\n          type: integer", is: "        legacy-executable:\n          type: string",
		check: "breaking", place: "POST /connectors/", problem: "legacy-executable` response's property `type` changed from `integer` to `string`",
		remedy: "answer as released",
	},
	{
		name: "require a request field that was optional",
		was:  "required: [version-constraint]", is: "required: [version-constraint, image]",
		check: "breaking", place: "PUT /connectors/", problem: "the request property `image` became required",
		remedy: "accept again",
	},
	{
		name: "tighten a request field's bound",
		was:  "maxLength: 512", is: "maxLength: 128",
		check: "breaking", place: "PUT /connectors/", problem: "`image` request property's maxLength was decreased to `128`",
		remedy: "accept again",
	},
	{
		name: "tighten a path parameter's pattern",
		was:  `pattern: ^(main|latest|\d+)$`, is: `pattern: ^(latest|\d+)$`,
		check: "breaking", place: "PUT /connectors/", problem: "changed the pattern of the `path` request parameter `connectorVersion`",
		remedy: "accept again",
	},
	{
		name: "close a path parameter to a list",
		was:  "        pattern: ^(main|latest|\\d+)$\n", is: "        enum: [main, latest]\n",
		check: "breaking", place: "POST /connectors/", problem: "parameter `connectorVersion` was restricted to a list of enum values",
		remedy: "accept again",
	},
	{
		name: "drop a declared answer (silent)",
		was:  "        '404':\n          $ref: '#/components/responses/NotFound'\n", is: "",
		check: "breaking", place: "PUT /connectors/", problem: "removed the non-success response with the status `404`",
		remedy: "answer as released",
	},
	{
		name: "drop an answer's header (silent)",
		was:  "        Retry-After:\n          $ref: '#/components/headers/RetryAfter'\n", is: "",
		check: "breaking", place: "PUT /connectors/", problem: "response header `Retry-After` removed for the status `429`",
		remedy: "answer as released",
	},
	{
		name: "rename an operation (silent)",
		was:  "operationId: rollbackMigration", is: "operationId: migrationRollback",
		check: "names", place: "POST /connectors/", problem: "operationId rollbackMigration was renamed to migrationRollback",
		remedy: "take the released operationId back",
	},
	{
		name: "rename a schema (silent)",
		was:  "ContainerApiUpdate", is: "ContainerApiChange",
		check: "names", place: "components/schemas/ContainerApiUpdate", problem: "was renamed to ContainerApiChange",
		remedy: "take the released name back",
	},
	{
		name: "rename a value of an open set (silent)",
		was:  "        - built\n", is: "        - finished\n",
		check: "names", place: "components/schemas/ConnectorVersionState", problem: "the value built was removed or renamed (new: finished)",
		remedy: "put the value back",
	},
	{
		name: "stop asking for a token (silent)",
		was:  "security:\n  - oAuth2AuthCode: []\n", is: "",
		check: "breaking", place: "PUT /connectors/", problem: "the endpoint now allows anonymous access",
		remedy: "ask for the released credentials",
	},
	{
		name: "change how a token is got (silent)",
		was:  "          tokenUrl: /oauth2/token\n", is: "          tokenUrl: /token\n",
		check: "breaking", place: "components/securitySchemes/oAuth2AuthCode", problem: "has another flows",
		remedy: "add a second scheme",
	},
	{
		name: "take a server away (silent)",
		was:  "  - url: https://cde.productsup.com\n    description: Production\n    x-internal: false\n", is: "",
		check: "breaking", place: "servers", problem: "https://cde.productsup.com is gone",
		remedy: "list the address",
	},
	{
		name: "remove an operation that was not announced",
		was:  "/execution-config/container-api:", is: "/container-api:",
		check: "breaking", place: "PUT /connectors/", problem: "removed without deprecation",
		remedy: "mark it `deprecated: true`",
	},
	{
		name: "deprecate without dates",
		was:  "      operationId: rollbackMigration\n", is: "      operationId: rollbackMigration\n      deprecated: true\n",
		check: "lint", place: "POST /connectors/", problem: "is deprecated without the dates",
		remedy: "add `x-deprecated-at",
	},
	{
		name: "give an example that does not fit",
		was:  "version-constraint: ^0.20\n      responses", is: "version-constraint: 20\n      responses",
		check: "lint", place: "PUT /connectors/", problem: "does not fit its schema",
		remedy: "mend the example",
	},
	{
		name: "write a pattern whose anchors do not bind",
		was:  `pattern: ^(main|latest|\d+)$`, is: `pattern: ^main|latest|\d+$`,
		check: "lint", place: "components/parameters/ConnectorVersionSelector", problem: "anchors that do not bind",
		remedy: "^(a|b)$",
	},
	{
		name: "leave an answer's key optional",
		was:  "      required: [environment, version]\n", is: "      required: [environment]\n",
		check: "lint", place: "components/schemas/Runtime/version", problem: "may be left out",
		remedy: "list it under `required`",
	},
	{
		name: "put a parameter on the path item",
		was:  "execution-config/container-api:\n", is: "execution-config/container-api:\n    parameters:\n      - {name: dry, in: query, description: x, schema: {type: boolean}}\n",
		check: "lint", place: "/connectors/", problem: "parameters stand on the path item",
		remedy: "move them to each operation",
	},
	{
		name: "change the contract and not its version",
		was:  "        container-api-config:\n          type: object\n", is: "        container-api-config:\n          type: object\n          minProperties: 0\n",
		check: "version", place: "info.version 1.0.0", problem: "does not say that the contract changed since 1.0.0",
		remedy: "raise it to 1.1.0",
	},
	{
		name: "lose what the overlay points at",
		was:  "    Scalar:\n", is: "    Value:\n",
		check: "overlay", place: "$.components.schemas.Scalar", problem: "action 4 hits nothing",
		remedy: "follow the rename",
	},
	{
		name: "break the YAML",
		was:  "paths:\n", is: "paths: [\n",
		check: "lint", place: "the whole document", problem: "cannot be read",
		remedy: "mend the YAML",
	},
}

// read returns the module's contract and overlay. Tests measure against the contract itself, as if it were released.
func read(t *testing.T) check.Change {
	t.Helper()
	contract, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := os.ReadFile("../go.overlay.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return check.Change{Contract: contract, Overlay: overlay, Released: contract}
}

// broken returns the contract broken in one way. A way that changes nothing fails the test.
func (w way) broken(t *testing.T, contract []byte) []byte {
	t.Helper()
	text := string(contract)
	changed := strings.Replace(text, w.was, w.is, 1)
	if strings.Contains(w.name, "rename a schema") || strings.Contains(w.was, "Scalar") {
		// every reference follows, as an editor's rename does
		changed = strings.ReplaceAll(text, strings.Trim(w.was, " :\n"), strings.Trim(w.is, " :\n"))
	}
	if changed == text {
		t.Fatalf("the contract has no %q: write the way anew", w.was)
	}
	return []byte(changed)
}

func TestEveryWayOfBreakingTheContractIsCaught(t *testing.T) {
	if len(ways) < 12 {
		t.Fatalf("%d ways, want at least twelve", len(ways))
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			change := read(t)
			change.Contract = way.broken(t, change.Contract)
			var all strings.Builder
			for _, report := range check.All(change) {
				all.WriteString(report.String() + "\n")
				for _, finding := range report.Findings {
					if report.Check == way.check && strings.Contains(finding.Place, way.place) &&
						strings.Contains(finding.Problem, way.problem) && strings.Contains(finding.Remedy, way.remedy) {
						if finding.Line == 0 && finding.Place != "the whole document" {
							t.Errorf("the finding has no line:\n%s", finding)
						}
						return
					}
				}
			}
			t.Errorf("%s does not find %q at %q with %q; found:\n%s", way.check, way.problem, way.place, way.remedy, all.String())
		})
	}
}

// TestEveryWayIsListedForContributors keeps CONTRIBUTING.md's list and the table above in step.
func TestEveryWayIsListedForContributors(t *testing.T) {
	text, err := os.ReadFile("../../.github/CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range ways {
		name := strings.TrimSuffix(way.name, " (silent)")
		if !strings.Contains(string(text), "- "+name) {
			t.Errorf("CONTRIBUTING.md does not list %q", name)
		}
	}
}
