package client

import (
	"github.com/google/uuid"

	"github.com/productsupcom/cde/gen/api"
)

// place is a connector version as paths name it.
type place struct {
	id      api.PublicID
	version api.ConnectorVersionSelector
	refused api.FieldErrors // what is wrong with either, by the parameter's name
}

// locate reads what every path holds, so that nothing else can get into one.
func locate(publicID string, version Version) place {
	to := place{version: version.String(), refused: api.FieldErrors{}}
	id, err := uuid.Parse(publicID)
	if err != nil || len(publicID) != 36 { // Parse takes urn:uuid:, braces and no dashes too
		to.refused["publicId"] = "This is not a valid UUID."
	}
	if !version.valid() {
		to.refused["connectorVersion"] = "This value is not valid."
	}
	to.id = id
	return to
}
