package servertest_test

import (
	"errors"
	"testing"

	"github.com/productsupcom/cde/client"
	"github.com/productsupcom/cde/gen/api"
	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/faults"
	"github.com/productsupcom/cde/server/samples"
	"github.com/productsupcom/cde/server/servertest"
)

// start runs a server with faults, and a client of it that does not wait long.
func start(t *testing.T, rules ...faults.Rule) (*servertest.Server, *client.Client, *faults.Layer) {
	t.Helper()
	layer := new(faults.Layer)
	if err := layer.Set(faults.Script{Rules: rules}); err != nil {
		t.Fatal(err)
	}
	server := servertest.New(t, servertest.WithFaults(layer))
	cde, err := client.New(client.WithBaseURL(server.URL), client.WithToken(server.Token("owner")),
		client.WithRetry(client.RetryPolicy{BaseDelay: 1, MaxDelay: 1}))
	if err != nil {
		t.Fatal(err)
	}
	return server, cde, layer
}

// events counts the changes that the server has kept of version 1.
func events(t *testing.T, server *servertest.Server, publicID string) int {
	t.Helper()
	id, err := connector.ParsePublicID(publicID)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range server.Store.History(t.Context(), id, 1, 0) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// TestRollbackWhoseAnswerIsLost was worked on, or was not: the caller cannot know and is told so, and the SDK has asked
// once in either case.
func TestRollbackWhoseAnswerIsLost(t *testing.T) {
	for when, worked := range map[faults.When]int{faults.Before: 0, faults.After: 1} {
		server, cde, layer := start(t, faults.Rule{Fault: faults.Reset, When: when, Times: 1})
		_, err := cde.RollbackMigration(t.Context(), samples.Rollback, client.Latest)
		if !errors.Is(err, client.ErrOutcomeUnknown) {
			t.Errorf("%s: error %v", when, err)
		}
		if got := events(t, server, samples.Rollback); got != worked {
			t.Errorf("%s: %d events, want %d", when, got, worked)
		}
		if report := layer.Report(); report.Seen[0] != 1 || report.Hits[0] != 1 {
			t.Errorf("%s: %d requests", when, report.Seen[0])
		}
	}
}

// TestUpdateWhoseAnswersAreLost is repeated until it is answered, and made once.
func TestUpdateWhoseAnswersAreLost(t *testing.T) {
	server, cde, layer := start(t, faults.Rule{Fault: faults.Truncate, Times: 1}, faults.Rule{Fault: faults.Reset, When: faults.After, Times: 1},
		faults.Rule{Fault: faults.HTML, Times: 1})
	var response client.Response
	version, err := cde.UpdateContainerAPIVersion(t.Context(), samples.ContainerAPI, client.Main, api.ContainerAPIUpdate{VersionConstraint: "^7.5"},
		client.WithResponseInto(&response))
	if err != nil || version.Config.Execution.ContainerAPI.VersionConstraint != "^7.5" || response.Attempts != 4 {
		t.Errorf("%d attempts: %v", response.Attempts, err)
	}
	if got := events(t, server, samples.ContainerAPI); got != 1 {
		t.Errorf("%d events, want 1", got)
	}
	if report := layer.Report(); report.Hits[0]+report.Hits[1]+report.Hits[2] != 3 {
		t.Errorf("hits %v", report.Hits)
	}
}
