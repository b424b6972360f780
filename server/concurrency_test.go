package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/samples"
	"github.com/productsupcom/cde/server/servertest"
)

// TestConcurrentChangesOfOneVersion sends 128 updates and 128 rollbacks to one version at once. Every update that was
// acknowledged is an event, every event follows from the one before, and the rollback is there once.
func TestConcurrentChangesOfOneVersion(t *testing.T) {
	s := servertest.New(t)
	client := s.Client(t)
	const each = 128
	update := strings.Replace(containerAPI, samples.ContainerAPI, samples.Rollback, 1)
	var wait sync.WaitGroup
	var served atomic.Int64
	for i := range each {
		for _, e := range []exchange{
			{method: "PUT", path: update, body: fmt.Sprintf(`{"version-constraint":"^1.%d"}`, i)},
			{method: "POST", path: rollback},
		} {
			wait.Go(func() {
				if response, body := e.send(t, s, client); response.StatusCode == http.StatusOK {
					served.Add(1)
				} else {
					t.Errorf("%s: status %d: %s", e.method, response.StatusCode, body)
				}
			})
		}
	}
	wait.Wait()
	if served.Load() != 2*each {
		t.Fatalf("%d of %d served", served.Load(), 2*each)
	}
	checkHistory(t, s, each+1)
}

// checkHistory follows the history of the rollback sample's version: sequences without a gap, each constraint starting
// where the one before ended, and the last one is what the version holds.
func checkHistory(t *testing.T, s *servertest.Server, events int) {
	t.Helper()
	id, err := connector.ParsePublicID(samples.Rollback)
	if err != nil {
		t.Fatal(err)
	}
	const constraint, executable = "config.execution.container-api.version-constraint", "executable-in-use"
	current, count, rollbacks := `"^9.9.9"`, 0, 0
	for event, err := range s.Store.History(t.Context(), id, 1, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if count++; event.Sequence != int64(count) {
			t.Fatalf("event %d has sequence %d", count, event.Sequence)
		}
		for _, change := range event.Changes {
			switch change.Path {
			case constraint:
				if string(change.Before) != current {
					t.Fatalf("event %d: from %s, but the version held %s", count, change.Before, current)
				}
				current = string(change.After)
			case executable:
				rollbacks++
			}
		}
	}
	version, err := s.Store.Version(t.Context(), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := `"` + version.ContainerAPI().VersionConstraint + `"`; got != current {
		t.Errorf("the version holds %s, its history ends with %s", got, current)
	}
	if count != events || rollbacks != 1 {
		t.Errorf("%d events with %d rollbacks, want %d with 1", count, rollbacks, events)
	}
}
