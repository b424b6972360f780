package client_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/productsupcom/cde/client"
	"github.com/productsupcom/cde/gen/api"
	"github.com/productsupcom/cde/gen/apiclient"
)

// BenchmarkCall measures a call through the SDK on loopback, in turn with the same call of the raw generated client whose
// answer is read and decoded and no more, and compares the medians, so that both see the same machine. Target: ratio ≤ 1.35.
func BenchmarkCall(b *testing.B) {
	answer := rollbackAnswer(b)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	}))
	defer server.Close()
	update := api.ContainerAPIUpdate{Image: new("test.domain.docker/test/container-api-image:1.0.0"), VersionConstraint: "^0.20"}
	raw := apiclient.Client{Server: server.URL, Doer: &http.Client{Transport: &http.Transport{}}}
	sdk, err := client.New(client.WithBaseURL(server.URL), client.WithToken("t0k3n"), client.WithHTTPClient(&http.Client{Transport: &http.Transport{}}))
	if err != nil {
		b.Fatal(err)
	}
	id := uuidOf(connectorID)
	for name, call := range map[string]struct{ raw, sdk func() error }{
		"PUT": {
			func() error { return decode(raw.UpdateContainerAPIVersion(b.Context(), id, "latest", update)) },
			func() error {
				_, err := sdk.UpdateContainerAPIVersion(b.Context(), connectorID, client.Latest, update)
				return err
			},
		},
		"POST": {
			func() error { return decode(raw.RollbackMigration(b.Context(), id, "latest")) },
			func() error {
				_, err := sdk.RollbackMigration(b.Context(), connectorID, client.Latest)
				return err
			},
		},
	} {
		b.Run(name, func(b *testing.B) {
			var raw, sdk []float64
			for b.Loop() {
				raw = append(raw, took(b, call.raw))
				sdk = append(sdk, took(b, call.sdk))
			}
			slices.Sort(raw)
			slices.Sort(sdk)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(raw[len(raw)/2], "ns/raw")
			b.ReportMetric(sdk[len(sdk)/2], "ns/sdk")
			b.ReportMetric(sdk[len(sdk)/2]/raw[len(raw)/2], "ratio")
		})
	}
}

// took gives the nanoseconds of one call.
func took(b *testing.B, call func() error) float64 {
	begin := time.Now()
	if err := call(); err != nil {
		b.Fatal(err)
	}
	return float64(time.Since(begin).Nanoseconds())
}

// decode does what the raw client leaves to its caller.
func decode(response *http.Response, err error) error {
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != 200 {
		return errors.New(response.Status)
	}
	var result api.ConnectorVersionResult
	return json.Unmarshal(body, &result)
}

// rollbackAnswer is what the server answers to a rollback, some four kilobytes.
func rollbackAnswer(b *testing.B) []byte {
	sdk, err := client.New(client.WithBaseURL(baseURL), client.WithToken(ownerToken))
	if err != nil {
		b.Fatal(err)
	}
	var response client.Response
	if _, err := sdk.RollbackMigration(b.Context(), "019e16f4-2b5c-7d3a-9f10-6c1a4e8b7d21", client.Latest, client.WithResponseInto(&response)); err != nil {
		b.Fatal(err)
	}
	return response.Body
}
