package connector_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/connector/storetest"
)

// The owner of a sample connector asks for another version constraint, then for one that is none.
func ExampleService_UpdateContainerAPIVersion() {
	sample := storetest.Samples()[0]
	service, err := connector.New(storetest.NewMemory(sample), connector.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	latest, _ := connector.ParseSelector("latest")
	request := connector.Request{
		Caller:   connector.Caller{Subject: sample.Owner},
		PublicID: sample.PublicID,
		Selector: latest,
	}
	for _, constraint := range []string{"^1 || ^2", "~>1"} {
		version, err := service.UpdateContainerAPIVersion(context.Background(), request, connector.ContainerAPI{VersionConstraint: constraint})
		var wrong *connector.FieldError
		if errors.As(err, &wrong) {
			fmt.Println(wrong.Fields[0].Name, "→", wrong.Fields[0].Text)
			continue
		}
		fmt.Println(version.State(), version.ContainerAPI().VersionConstraint)
	}
	// Output:
	// updating ^1 || ^2
	// version-constraint → This value is not valid.
}
