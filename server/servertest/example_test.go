package servertest_test

import (
	"errors"
	"testing"

	"github.com/productsupcom/cde/client"
	"github.com/productsupcom/cde/server/faults"
	"github.com/productsupcom/cde/server/samples"
	"github.com/productsupcom/cde/server/servertest"
)

// A test of your own against the real server.
func ExampleNew() {
	var t *testing.T // your test's

	server := servertest.New(t)
	cde, err := client.New(client.WithBaseURL(server.URL), client.WithToken(server.Token("stranger")))
	if err != nil {
		t.Fatal(err)
	}
	_, err = cde.RollbackMigration(t.Context(), samples.Rollback, client.Latest)
	if !errors.Is(err, client.ErrForbidden) {
		t.Errorf("error %v, want a refusal", err)
	}
}

// What does your program do when a rollback was made, and its answer is lost?
func ExampleWithFaults() {
	var t *testing.T // your test's

	var layer faults.Layer
	server := servertest.New(t, servertest.WithFaults(&layer))
	if err := layer.Set(faults.Script{Rules: []faults.Rule{
		{On: "POST /connectors/", Fault: faults.Reset, When: faults.After, Times: 1},
	}}); err != nil {
		t.Fatal(err)
	}
	_ = server // run your program against server.URL
}
