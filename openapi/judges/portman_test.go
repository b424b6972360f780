package judges_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/productsupcom/cde/server/nodetest"
	"github.com/productsupcom/cde/server/samples"
	"github.com/productsupcom/cde/server/servertest"
)

// newmanRun is what newman reports of the collection that Portman made.
type newmanRun struct {
	Run struct {
		Stats struct {
			Requests, Assertions struct{ Total, Failed int }
		}
		Failures []struct {
			Error  struct{ Test, Message string }
			Source struct{ Name string }
		}
	}
}

// TestPortmanDerivesCasesFromTheContract has Portman make requests and expectations from the contract, good ones and
// bad ones for every operation, and newman run them against the server.
func TestPortmanDerivesCasesFromTheContract(t *testing.T) {
	run := portman(t, servertest.New(t, servertest.WithConnectors(everyOperation(t))))
	for _, failure := range run.Run.Failures {
		t.Errorf("%s: %s: %s", failure.Source.Name, failure.Error.Test, failure.Error.Message)
	}
	stats := run.Run.Stats
	if stats.Requests.Total < 15 || stats.Assertions.Total < 35 {
		t.Errorf("%d requests with %d assertions, want at least 15 with 35", stats.Requests.Total, stats.Assertions.Total)
	}
	t.Logf("newman: %d requests, %d assertions", stats.Requests.Total, stats.Assertions.Total)
}

// TestPortmanSeesAnEmptyServer proves that the judge can object: without connectors there is no success to be had.
func TestPortmanSeesAnEmptyServer(t *testing.T) {
	run := portman(t, servertest.New(t, servertest.WithConnectors(nil)))
	if run.Run.Stats.Assertions.Failed == 0 {
		t.Error("no assertion failed against a server without connectors")
	}
}

// portman makes the collection and runs it.
func portman(t *testing.T, s *servertest.Server) newmanRun {
	t.Helper()
	dir := nodetest.Install(t, ".")
	nodetest.Reads(t, "../openapi.yaml", "portman.json")
	contract, err := filepath.Abs("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	scratch := t.TempDir() // Portman leaves files where it runs
	nodetest.Run(t, scratch, nil, filepath.Join(dir, "node_modules/.bin/portman"), "--local", contract, "--baseUrl", s.URL,
		"--portmanConfigFile", filepath.Join(dir, "portman.json"), "--output", filepath.Join(scratch, "collection.json"))
	nodetest.Run(t, scratch, nil, filepath.Join(dir, "node_modules/.bin/newman"), "run", "collection.json", "--suppress-exit-code",
		"--timeout-request", "30000", "--ignore-redirects", "--reporters", "json", "--reporter-json-export", "report.json",
		"--env-var", "ownerToken="+s.Token("owner"), "--env-var", "strangerToken="+s.Token("stranger"))
	report, err := os.ReadFile(filepath.Join(scratch, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var run newmanRun
	if err := json.Unmarshal(report, &run); err != nil {
		t.Fatal(err)
	}
	return run
}

// everyOperation is a connector that every operation succeeds with, under the id of the contract's first example: that
// is the one which Portman sends.
func everyOperation(t *testing.T) []byte {
	t.Helper()
	var records []map[string]any
	if err := json.Unmarshal(samples.JSON, &records); err != nil {
		t.Fatal(err)
	}
	for _, record := range records {
		if record["public-id"] != samples.Rollback {
			continue
		}
		record["public-id"] = samples.ContainerAPI
		one, err := json.Marshal([]any{record})
		if err != nil {
			t.Fatal(err)
		}
		return one
	}
	t.Fatal("no sample to roll back")
	return nil
}
