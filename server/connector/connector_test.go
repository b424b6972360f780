package connector_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/productsupcom/cde/server/connector"
)

const (
	owner      = "5d4fc3a0-0000-4000-8000-000000000001"
	integrator = "5d4fc3a0-0000-4000-8000-000000000002"
)

func TestParsePublicID(t *testing.T) {
	const canonical = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
	for _, s := range []string{canonical, strings.ToUpper(canonical), "497F6eca-6276-4993-BFEB-53cbbbba6f08"} {
		id, err := connector.ParsePublicID(s)
		if err != nil || id.String() != canonical {
			t.Errorf("%s: got %s, %v", s, id, err)
		}
	}
	for _, s := range []string{
		"", canonical[:35], canonical + "0", "urn:uuid:" + canonical, "{" + canonical + "}",
		strings.ReplaceAll(canonical, "-", ""), "497f6eca-6276-4993-bfeb-53cbbbba6f0g", "497f6eca_6276_4993_bfeb_53cbbbba6f08",
		"497f6ec-a6276-4993-bfeb-53cbbbba6f08", " " + canonical[1:], canonical[:35] + "é",
	} {
		if id, err := connector.ParsePublicID(s); !errors.Is(err, connector.ErrInvalidPublicID) {
			t.Errorf("%q: got %s, %v", s, id, err)
		}
	}
}

func TestMayChange(t *testing.T) {
	c := connector.Connector{Owner: owner, Integrator: integrator}
	for _, test := range []struct {
		name   string
		caller connector.Caller
		want   error
	}{
		{"owner", connector.Caller{Subject: owner}, nil},
		{"admin", connector.Caller{Subject: "anybody", Admin: true}, nil},
		{"owner and admin", connector.Caller{Subject: owner, Admin: true}, nil},
		{"integrator", connector.Caller{Subject: integrator}, connector.ErrAccessDenied},
		{"integrator and admin", connector.Caller{Subject: integrator, Admin: true}, nil},
		{"stranger", connector.Caller{Subject: "5d4fc3a0-0000-4000-8000-000000000004"}, connector.ErrAccessDenied},
		{"nobody", connector.Caller{}, connector.ErrAccessDenied},
		{"owner in other case", connector.Caller{Subject: strings.ToUpper(owner)}, connector.ErrAccessDenied},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := c.MayChange(test.caller); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	if err := (connector.Connector{}).MayChange(connector.Caller{}); err != connector.ErrAccessDenied {
		t.Errorf("nobody may change a connector without an owner: %v", err)
	}
}

func TestDocumentedTexts(t *testing.T) {
	for err, want := range map[error]string{
		connector.ErrConnectorNotFound: "Connector not found.",
		connector.ErrVersionNotFound:   "Connector does not have specified version.",
		connector.ErrAccessDenied:      "Access denied for user.",
	} {
		if err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
	}
}

func TestUnavailableError(t *testing.T) {
	cause := errors.New("disk full")
	var err error = &connector.UnavailableError{Cause: cause}
	if !errors.Is(err, connector.ErrUnavailable) || !errors.Is(err, cause) || errors.Is(err, connector.ErrOutcomeUnknown) {
		t.Errorf("%v is not what it should be", err)
	}
	if got := err.Error(); !strings.Contains(got, "disk full") {
		t.Errorf("the operator is not told the cause: %s", got)
	}
}
