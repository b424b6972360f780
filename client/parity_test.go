package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/productsupcom/cde/client"
	"github.com/productsupcom/cde/gen/api"
	"github.com/productsupcom/cde/gen/apiclient"
)

// TestSameRefusalsAsTheServer sends what the client refuses, and what it does not, past the client: both say the same
// of each field.
func TestSameRefusalsAsTheServer(t *testing.T) {
	local, _ := start(t).client(t)
	updates := []api.ContainerAPIUpdate{}
	for _, row := range bodies("", "") {
		updates = append(updates, row.update)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 700 {
		updates = append(updates, api.ContainerAPIUpdate{
			Image:             new(mutated(random, "registry.example:5000/team/image-1:1.0.0", "nginx", "a/b@sha256:"+strings.Repeat("0a", 32))),
			VersionConstraint: mutated(random, ">=1.0 <2.0-beta || ~3.1@dev", "1.*", "^1|^2", "1.0 - 2.0"),
		})
	}
	refused := 0
	for _, update := range updates {
		_, err := local.UpdateContainerAPIVersion(t.Context(), connectorID, 1, update)
		var failure *client.Error
		got := map[string]string{}
		if errors.As(err, &failure) {
			got = failure.Fields
			refused++
		}
		if diff := cmp.Diff(serverSays(t, update), got); diff != "" {
			content, _ := json.Marshal(update)
			t.Errorf("%s: (-server +client) %s", content, diff)
		}
	}
	if refused < 100 || refused > len(updates)-100 {
		t.Errorf("%d of %d were refused: the test compares one kind only", refused, len(updates))
	}
}

// mutated returns one of the texts, in half of all cases with one or two bytes changed, left out or put in.
func mutated(random *rand.Rand, texts ...string) string {
	const alphabet = "aZ0.-_/:@^~*|<>=!, \t[]+é"
	b := []byte(texts[random.IntN(len(texts))])
	for range max(0, random.IntN(4)-1) {
		at, c := random.IntN(len(b)), alphabet[random.IntN(len(alphabet))]
		switch random.IntN(3) {
		case 0:
			b[at] = c
		case 1:
			b = append(b[:at], b[at+1:]...)
		default:
			b = append(b[:at], append([]byte{c}, b[at:]...)...)
		}
		if len(b) == 0 {
			return ""
		}
	}
	return strings.ToValidUTF8(string(b), "")
}

// serverSays sends an update without the SDK and returns the server's errors by field.
func serverSays(t *testing.T, update api.ContainerAPIUpdate) map[string]string {
	t.Helper()
	raw := apiclient.Client{Server: baseURL, Doer: bearer{ownerToken}}
	response, err := raw.UpdateContainerAPIVersion(t.Context(), uuidOf(connectorID), "1", update)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Errors api.FieldErrors `json:"errors"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != 200 && (response.StatusCode != 400 || len(answer.Errors) == 0) {
		t.Fatalf("status %d of %+v", response.StatusCode, update)
	}
	if answer.Errors == nil {
		return map[string]string{}
	}
	return answer.Errors
}

// bearer sends requests with a token.
type bearer struct{ token string }

func (b bearer) Do(r *http.Request) (*http.Response, error) {
	r.Header.Set("Authorization", "Bearer "+b.token)
	return http.DefaultClient.Do(r)
}

// TestRealAnswers: what the server documents, as the SDK tells it.
func TestRealAnswers(t *testing.T) {
	owner := realClient(t, ownerToken)
	const rollbackID = "019e16f4-2b5c-7d3a-9f10-6c1a4e8b7d21"
	version, err := owner.UpdateContainerAPIVersion(t.Context(), connectorID, client.Main, api.ContainerAPIUpdate{
		Image: new("test.domain.docker/test/container-api-image:1.0.0"), VersionConstraint: "^0.20"})
	if err != nil || version.State != "updating" || *version.Config.Execution.ContainerAPI.Image != "test.domain.docker/test/container-api-image:1.0.0" {
		t.Errorf("PUT: %+v, %v", version, err)
	}
	version, err = owner.RollbackMigration(t.Context(), rollbackID, client.Latest)
	if err != nil || version.Config.Migration.LegacyExecutable != 24 || *version.PlatformProdReference.Executable != 25 || len(version.Config.SecretRegistrations) != 2 {
		t.Errorf("POST: %+v, %v", version, err)
	}
	for name, row := range map[string]struct {
		token, id string
		version   client.Version
		kind      string
		message   string
	}{
		"refused":    {ownerToken, connectorID, 1, "not allowed now", "Operation is only allowed for connectors that were previously synchronized to production"},
		"no token":   {"", connectorID, 1, "unauthorized", "You have to be authorized to access this resource."},
		"stranger":   {strangerToken, connectorID, 1, "forbidden", "Access denied for user."},
		"connector":  {ownerToken, strings.Replace(connectorID, "4", "5", 1), 1, "not found", "Connector not found."},
		"no version": {ownerToken, connectorID, 7, "not found", "Connector does not have specified version."},
	} {
		_, err := realClient(t, row.token).RollbackMigration(context.Background(), row.id, row.version)
		var failure *client.Error
		if !errors.As(err, &failure) || kindsOf(err) != row.kind || failure.Message != row.message || failure.From != client.FromAPI || failure.RequestID == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func realClient(t *testing.T, token string) *client.Client {
	t.Helper()
	options := []client.Option{client.WithBaseURL(baseURL)}
	if token != "" {
		options = append(options, client.WithToken(token))
	}
	c, err := client.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
