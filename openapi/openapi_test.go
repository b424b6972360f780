package openapi_test

import (
	"context"
	"iter"
	"os"
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
