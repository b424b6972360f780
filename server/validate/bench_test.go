package validate_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// The first two rows of the table that `make bench` prints: ours against JSON to any and
// kin-openapi's VisitJSON, and against json.Valid, the floor.

// seeds are the request of the PUT and the answer of the rollback, as the contract's examples have them.
func seeds(b *testing.B) (request, answer []byte) {
	b.Helper()
	for _, example := range examples(b) {
		var shape struct {
			Constraint string `json:"version-constraint"`
			Data       struct{ Name string }
		}
		_ = json.Unmarshal(example, &shape)
		switch {
		case shape.Constraint != "":
			request = example
		case shape.Data.Name == "omdb":
			answer = example
		}
	}
	if request == nil || answer == nil {
		b.Fatal("the contract's examples are gone")
	}
	return request, answer
}

func benchKin(b *testing.B, schema *openapi3.Schema, data []byte) {
	formats := openapi3.WithStringFormatValidators(oracleFormats())
	b.ReportAllocs()
	for b.Loop() {
		var value any
		if err := json.Unmarshal(data, &value); err != nil {
			b.Fatal(err)
		}
		if err := schema.VisitJSON(value, formats); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPutBody(b *testing.B) {
	o := operation(b, contract(b), "updateContainerApiVersion")
	request, _ := seeds(b)
	b.Run("impl=ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if o.CheckBody(request) != nil {
				b.Fatal("refused")
			}
		}
	})
	b.Run("impl=kin", func(b *testing.B) {
		benchKin(b, o.Model().RequestBody.Value.Content["application/json"].Schema.Value, request)
	})
	b.Run("impl=json.Valid", func(b *testing.B) {
		for b.Loop() {
			json.Valid(request)
		}
	})
}

func BenchmarkRollbackAnswer(b *testing.B) {
	o := operation(b, contract(b), "rollbackMigration")
	_, answer := seeds(b)
	b.Run("impl=ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := o.CheckResponse(http.StatusOK, jsonHeader, answer); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("impl=kin", func(b *testing.B) {
		benchKin(b, o.Model().Responses.Status(200).Value.Content["application/json"].Schema.Value, answer)
	})
	b.Run("impl=json.Valid", func(b *testing.B) {
		for b.Loop() {
			json.Valid(answer)
		}
	})
}
