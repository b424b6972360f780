package main

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/openapi/format"
	"github.com/productsupcom/cde/server/validate"
)

// bodyRows compares the check of one document with JSON to any and kin-openapi's VisitJSON, both with the
// contract's formats.
func bodyRows(m meter) ([]row, error) {
	s, err := loadSeeds()
	if err != nil {
		return nil, err
	}
	v, err := validate.New(openapi.YAML, validate.WithFormats(format.Checks()))
	if err != nil {
		return nil, err
	}
	put, _ := v.Operation(putOperation)
	rollback, _ := v.Operation(rollbackOperation)
	header := http.Header{"Content-Type": {"application/json"}}
	const media = "application/json"
	return []row{
		documentRow(m, "seed PUT body: kin-openapi / ours", s.putBody, put.Model().RequestBody.Value.Content[media].Schema.Value,
			func() bool { return put.CheckBody(s.putBody) == nil }),
		documentRow(m, "seed rollback answer: kin-openapi / ours", s.rollbackAnswer, rollback.Model().Responses.Status(200).Value.Content[media].Schema.Value,
			func() bool { return rollback.CheckResponse(http.StatusOK, header, s.rollbackAnswer) == nil }),
	}, nil
}

func documentRow(m meter, name string, data []byte, schema *openapi3.Schema, accepts func() bool) row {
	formats := kinFormats()
	costs := m.compare(
		work{"ours", func(n int) {
			for range n {
				must(accepts())
			}
		}},
		work{"kin", func(n int) {
			for range n {
				var value any
				must(json.Unmarshal(data, &value) == nil && schema.VisitJSON(value, formats) == nil)
			}
		}},
		work{"json.Valid", func(n int) {
			for range n {
				must(json.Valid(data))
			}
		}})
	ours, kin := costs["ours"], costs["kin"]
	return row{work: name, ratio: kin.ns / ours.ns, target: 15, more: true,
		note: fmt.Sprintf("%d bytes: %.0f ns, %.0f allocations; kin-openapi %.0f ns, %.0f; json.Valid %.0f ns", len(data), ours.ns, ours.allocs, kin.ns, kin.allocs, costs["json.Valid"].ns)}
}

func kinFormats() openapi3.SchemaValidationOption {
	formats := map[string]openapi3.StringFormatValidator{}
	for name, check := range format.Checks() {
		formats[name] = openapi3.NewCallbackValidator(check)
	}
	return openapi3.WithStringFormatValidators(formats)
}

// must ends the program when work does not do what it is measured for.
func must(ok bool) {
	if !ok {
		panic("bench: the work was not done")
	}
}
