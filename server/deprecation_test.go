package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/server"
)

// deprecating adds members to the rollback in the contract.
func deprecating(t *testing.T, members string) []byte {
	t.Helper()
	const operation = "      operationId: rollbackMigration\n"
	if !strings.Contains(string(openapi.YAML), operation) {
		t.Fatal("the contract has no rollback")
	}
	return []byte(strings.Replace(string(openapi.YAML), operation, operation+members, 1))
}

// TestDeprecationHeaders: the values are those of RFC 9745 section 2.1 and RFC 8594 section 3.
func TestDeprecationHeaders(t *testing.T) {
	contract := deprecating(t, "      deprecated: true\n      x-deprecated-at: '2026-12-01'\n      x-sunset: '2027-06-30'\n")
	got, err := server.DeprecationHeaders(contract)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]http.Header{"rollbackMigration": {
		"Deprecation": {"@1796083200"},
		"Sunset":      {"Wed, 30 Jun 2027 00:00:00 GMT"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, err := server.DeprecationHeaders(openapi.YAML); err != nil || len(got) != 0 {
		t.Errorf("the contract as it stands: %v, %v", got, err)
	}
}

func TestDeprecationNeedsBothDates(t *testing.T) {
	for _, members := range []string{
		"",
		"      x-sunset: '2027-06-30'\n",
		"      x-deprecated-at: soon\n      x-sunset: '2027-06-30'\n",
	} {
		_, err := server.DeprecationHeaders(deprecating(t, "      deprecated: true\n"+members))
		if err == nil || !strings.Contains(err.Error(), "rollbackMigration is deprecated without") {
			t.Errorf("%q: error %v", members, err)
		}
	}
}

func TestCallersOfDeprecatedOperationsAreNamedUpToABound(t *testing.T) {
	metric, count := server.CountDeprecated()
	for i := range server.MaxCallers + 50 {
		count("rollbackMigration", fmt.Sprint("subject ", i), "cde")
	}
	count("rollbackMigration", "subject 0", "cde") // named before, so named again
	registry := prometheus.NewRegistry()
	registry.MustRegister(metric)
	families, err := registry.Gather()
	if err != nil || len(families) != 1 {
		t.Fatalf("%v, %v", families, err)
	}
	got := map[string]float64{}
	for _, series := range families[0].GetMetric() {
		for _, label := range series.GetLabel() {
			if label.GetName() == "subject" {
				got[label.GetValue()] = series.GetCounter().GetValue()
			}
		}
	}
	if len(got) != server.MaxCallers+1 || got["other"] != 50 || got["subject 0"] != 2 || got["subject 1"] != 1 {
		t.Errorf("%d series, other %v, subject 0 %v; want %d, 50, 2", len(got), got["other"], got["subject 0"], server.MaxCallers+1)
	}
}
