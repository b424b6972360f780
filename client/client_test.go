package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/client"
	"github.com/productsupcom/cde/gen/api"
)

const connectorID = "497f6eca-6276-4993-bfeb-53cbbbba6f08"

// version1 is the least that a version answers with.
const version1 = `{"message":"successful operation","data":{"name":"omdb","version":"1.0.0","state":"hibernating","extra":{"a":[1]}}}`

func TestCallsSendWhatTheContractSays(t *testing.T) {
	type request struct{ Method, Path, Authorization, Accept, ContentType, Body string }
	var got request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = request{r.Method, r.URL.EscapedPath(), r.Header.Get("Authorization"), r.Header.Get("Accept"), r.Header.Get("Content-Type"), string(body)}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("X-Request-Id", "r-1")
		io.WriteString(w, version1)
	}))
	defer server.Close()
	c, err := client.New(client.WithBaseURL(server.URL+"/prefix/"), client.WithToken("t0k3n"))
	if err != nil {
		t.Fatal(err)
	}
	var response client.Response
	version, err := c.UpdateContainerAPIVersion(t.Context(), strings.ToUpper(connectorID), client.Latest,
		api.ContainerAPIUpdate{VersionConstraint: "^0.20"}, client.WithResponseInto(&response))
	if err != nil {
		t.Fatal(err)
	}
	want := request{"PUT", "/prefix/connectors/" + connectorID + "/versions/latest/execution-config/container-api", "Bearer t0k3n", "application/json", "application/json", `{"version-constraint":"^0.20"}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if version.Name != "omdb" || version.State != "hibernating" {
		t.Errorf("name %q, state %q", version.Name, version.State)
	}
	if string(response.Body) != version1 || response.StatusCode != 200 || response.RequestID != "r-1" || response.Attempts != 1 || response.Header.Get("X-Request-Id") != "r-1" {
		t.Errorf("response %+v", response)
	}
	if _, err := c.RollbackMigration(t.Context(), connectorID, client.Major(12)); err != nil {
		t.Fatal(err)
	}
	want = request{"POST", "/prefix/connectors/" + connectorID + "/versions/12/migration/rollback", "Bearer t0k3n", "application/json", "", ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNothingIsSentThatCannotBeRight(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("sent") }))
	defer server.Close()
	c, err := client.New(client.WithBaseURL(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name    string
		ctx     context.Context
		id      string
		version client.Version
		want    map[string]string
	}{
		{"no context", nil, connectorID, 1, nil},
		{"urn", t.Context(), "urn:uuid:" + connectorID, 1, map[string]string{"publicId": "This is not a valid UUID."}},
		{"both", t.Context(), "..", client.Major(-7), map[string]string{"publicId": "This is not a valid UUID.", "connectorVersion": "This value is not valid."}},
		{"zero version", t.Context(), connectorID, 0, map[string]string{"connectorVersion": "This value is not valid."}},
	} {
		var response client.Response
		_, err := c.RollbackMigration(row.ctx, row.id, row.version, client.WithResponseInto(&response))
		var failure *client.Error
		if !errors.As(err, &failure) || !errors.Is(err, client.ErrInvalidRequest) || failure.From != client.FromClient {
			t.Errorf("%s: error %v", row.name, err)
			continue
		}
		if diff := cmp.Diff(row.want, failure.Fields); diff != "" {
			t.Errorf("%s: %s", row.name, diff)
		}
		if response.Attempts != 0 || failure.Attempts != 0 {
			t.Errorf("%s: %d attempts", row.name, response.Attempts)
		}
	}
}
