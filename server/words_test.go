package server_test

import (
	"testing"

	"github.com/productsupcom/cde/openapi/format"
	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/validate"
)

// TestOneTextForOneMeaning: packages that must not import each other say the same of the same thing.
func TestOneTextForOneMeaning(t *testing.T) {
	for _, row := range [][2]string{
		{auth.MessageForbidden, connector.ErrAccessDenied.Error()},
		{validate.TextBlank, format.Blank.Error()},
		{validate.TextInvalid, format.Invalid.Error()},
	} {
		if row[0] != row[1] {
			t.Errorf("%q here, %q there", row[0], row[1])
		}
	}
}
