package openapi_test

import (
	"context"
	"iter"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/productsupcom/cde/openapi"
)

func load(t *testing.T) *openapi3.T {
	t.Helper()
	contract, err := openapi3.NewLoader().LoadFromData(openapi.YAML)
	if err != nil {
		t.Fatal(err)
	}
	return contract
}

// TestContractIsValid covers examples and defaults too: kin-openapi visits each of them with its schema.
func TestContractIsValid(t *testing.T) {
	if err := load(t).Validate(context.Background(), openapi3.EnableExamplesValidation()); err != nil {
		t.Error(err)
	}
}

// TestEveryExampleFitsItsSchema counts, so that examples that nobody visits are noticed.
func TestEveryExampleFitsItsSchema(t *testing.T) {
	visited := 0
	for place, media := range medias(load(t)) {
		examples := map[string]any{}
		if media.Example != nil {
			examples["example"] = media.Example
		}
		for name, example := range media.Examples {
			examples[name] = example.Value.Value
		}
		if len(examples) == 0 {
			t.Errorf("%s: no example", place)
		}
		for name, example := range examples {
			visited++
			if err := media.Schema.Value.VisitJSON(example); err != nil {
				t.Errorf("%s %s: %v", place, name, err)
			}
		}
	}
	if visited < 20 {
		t.Errorf("%d examples visited, want all of both operations", visited)
	}
}

// medias yields each media type of each operation, with where it stands.
func medias(contract *openapi3.T) iter.Seq2[string, *openapi3.MediaType] {
	return func(yield func(string, *openapi3.MediaType) bool) {
		for _, item := range contract.Paths.Map() {
			for _, operation := range item.Operations() {
				if operation.RequestBody != nil {
					for name, media := range operation.RequestBody.Value.Content {
						if !yield(operation.OperationID+" request "+name, media) {
							return
						}
					}
				}
				for status, response := range operation.Responses.Map() {
					for name, media := range response.Value.Content {
						if !yield(operation.OperationID+" "+status+" "+name, media) {
							return
						}
					}
				}
			}
		}
	}
}

func TestOperationsCarryWhatEveryReaderNeeds(t *testing.T) {
	contract := load(t)
	if len(contract.Paths.Map()) == 0 {
		t.Fatal("no paths")
	}
	for path, item := range contract.Paths.Map() {
		if len(item.Parameters) > 0 {
			t.Errorf("%s: parameters on the path item, where breaking-change tools miss them", path)
		}
		for method, operation := range item.Operations() {
			place := method + " " + path
			if operation.OperationID == "" || operation.Summary == "" || len(operation.Tags) != 1 {
				t.Errorf("%s: wants an operationId, a summary and one tag", place)
			}
			for _, status := range []string{"200", "400", "401", "403", "404", "405", "413", "415", "429", "500", "503"} {
				if operation.Responses.Value(status) == nil {
					t.Errorf("%s: answer %s is not declared", place, status)
				}
			}
			for _, parameter := range operation.Parameters {
				if parameter.Value.Description == "" {
					t.Errorf("%s: parameter %s has no description", place, parameter.Value.Name)
				}
			}
		}
	}
}

// TestPatternsMeanTheSameEverywhere keeps patterns to what RE2 and ECMA-262 read alike, with one group around
// alternatives so that anchors bind to all of them.
func TestPatternsMeanTheSameEverywhere(t *testing.T) {
	seen := 0
	for line := range strings.Lines(string(openapi.YAML)) {
		_, pattern, ok := strings.Cut(strings.TrimSpace(line), "pattern: ")
		if !ok {
			continue
		}
		seen++
		pattern = strings.Trim(pattern, "'")
		if _, err := regexp.Compile(pattern); err != nil {
			t.Errorf("%s: %v", pattern, err)
		}
		for _, construct := range []string{`\A`, `\z`, `\Z`, `\p`, `(?i`, `(?s`, `(?m`, `(?P`, `(?<`, `(?=`, `(?!`, `[[:`, `\Q`, `\x{`} {
			if strings.Contains(pattern, construct) {
				t.Errorf("%s: %s is not the same in RE2 and ECMA-262", pattern, construct)
			}
		}
	}
	if seen < 3 {
		t.Errorf("%d patterns seen", seen)
	}
}

// TestParityNamesEveryOperation keeps PARITY.md in step with the contract.
func TestParityNamesEveryOperation(t *testing.T) {
	parity, err := os.ReadFile("PARITY.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range load(t).Paths.Map() {
		for _, operation := range item.Operations() {
			if !strings.Contains(string(parity), operation.OperationID) {
				t.Errorf("PARITY.md does not speak of %s", operation.OperationID)
			}
		}
	}
}

// TestNothingOfTheGeneratorIsServed holds the line between the contract and the overlay.
func TestNothingOfTheGeneratorIsServed(t *testing.T) {
	for _, extension := range []string{"x-go-", "x-order", "x-oapi-codegen"} {
		if strings.Contains(string(openapi.YAML), extension) {
			t.Errorf("openapi.yaml holds %s, which belongs to go.overlay.yaml", extension)
		}
	}
}

func TestVersionIsTheContracts(t *testing.T) {
	if want := load(t).Info.Version; openapi.Version() != want {
		t.Errorf("version %q, want %q", openapi.Version(), want)
	}
}
