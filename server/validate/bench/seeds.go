package main

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/samples"
)

// The requests and answers are the contract's examples, which are the seeds'.
const (
	publicID = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
	putPath  = "/connectors/" + publicID + "/versions/1/execution-config/container-api"

	putOperation      = "updateContainerApiVersion"
	rollbackOperation = "rollbackMigration"
)

type seeds struct {
	putBody        []byte           // of the request
	before         connector.Record // the connector before the PUT
	rollbackAnswer []byte
}

func loadSeeds() (seeds, error) {
	doc, err := openapi3.NewLoader().LoadFromData(openapi.YAML)
	if err != nil {
		return seeds{}, err
	}
	var s seeds
	for _, item := range doc.Paths.Map() {
		for _, model := range item.Operations() {
			answer, err := json.Marshal(model.Responses.Status(200).Value.Content["application/json"].Example)
			if err != nil {
				return s, err
			}
			if model.OperationID == rollbackOperation {
				s.rollbackAnswer = answer
				continue
			}
			if s.putBody, err = json.Marshal(model.RequestBody.Value.Content["application/json"].Example); err != nil {
				return s, err
			}
		}
	}
	for record, err := range connector.ReadRecords(bytes.NewReader(samples.JSON), nil) {
		if err != nil {
			return s, err
		}
		if record.PublicID.String() == publicID {
			s.before = record
		}
	}
	if s.putBody == nil || s.rollbackAnswer == nil || len(s.before.Versions) == 0 {
		return s, errors.New("the examples are gone")
	}
	return s, nil
}
