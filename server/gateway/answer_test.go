package gateway_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/server/gateway"
)

// goodAnswer is the contract's own example of a rollback's answer.
func goodAnswer(t testing.TB) string {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(openapi.YAML)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range document.Paths.Map() {
		if item.Post != nil && item.Post.OperationID == "rollbackMigration" {
			answer, err := json.Marshal(item.Post.Responses.Status(200).Value.Content["application/json"].Example)
			if err != nil {
				t.Fatal(err)
			}
			return string(answer)
		}
	}
	t.Fatal("no example")
	return ""
}

// TestAnswersAreChecked in three modes: off passes everything, report passes and counts, block answers 502 and tells the caller
// nothing of what came.
func TestAnswersAreChecked(t *testing.T) {
	good := goodAnswer(t)
	for _, row := range []struct {
		name      string
		status    int
		mediaType string
		encoding  string
		body      string
		reason    string // empty: it keeps the contract
	}{
		{"good", 200, "application/json", "", good, ""},
		{"a documented refusal", 404, "application/json", "", `{"message":"Connector not found."}`, ""},
		{"a status that is not declared", 418, "application/json", "", `{"message":"secret"}`, "answer-status"},
		{"another media type", 200, "text/html", "", "<h1>secret</h1>", "answer-media-type"},
		{"no media type", 200, "", "", "secret", "answer-media-type"},
		{"a member is missing", 200, "application/json", "", strings.Replace(good, `"name":`, `"nome":`, 1), "answer-body"},
		{"another form", 200, "application/json", "", `["secret"]`, "answer-body"},
		{"no JSON", 200, "application/json", "", "secret", "answer-json"},
		{"no body", 200, "application/json", "", "", "answer-json"},
		{"a key twice", 200, "application/json", "", strings.Replace(good, `{"data"`, `{"data":null,"data"`, 1), "answer-json"},
		{"encoded unasked", 200, "application/json", "gzip", "secret", "answer-encoding"},
		{"larger than what is checked", 200, "application/json", "", good + strings.Repeat(" ", 70<<10), "answer-size"},
	} {
		for _, mode := range []gateway.Mode{gateway.Off, gateway.Report, gateway.Block} {
			for _, length := range []string{"known", "unknown"} {
				t.Run(fmt.Sprintf("%s/%s/%s", row.name, mode, length), func(t *testing.T) {
					upstream := record(t, func(w http.ResponseWriter, r *http.Request) {
						w.Header()["Content-Type"] = nil
						if row.mediaType != "" {
							w.Header().Set("Content-Type", row.mediaType)
						}
						if row.encoding != "" {
							w.Header().Set("Content-Encoding", row.encoding)
						}
						w.Header().Set("X-Upstream", "secret")
						if length == "known" {
							w.Header().Set("Content-Length", fmt.Sprint(len(row.body)))
						}
						w.WriteHeader(row.status)
						if length == "unknown" {
							w.(http.Flusher).Flush()
						}
						_, _ = io.WriteString(w, row.body)
					})
					g := guard(t, upstream.URL, answers(mode), func(c *gateway.Config) { c.ResponseLimit = 64 << 10 })
					response, body := send(t, request(t, "POST", g.url+rollback, "", "Accept-Encoding", "gzip"))
					if asked := upstream.only(t).header.Get("Accept-Encoding"); (asked == "") != (mode != gateway.Off) {
						t.Errorf("the upstream was asked for encoding %q", asked)
					}
					counted := g.refusals(t, "rollbackMigration", row.reason, string(mode))
					if mode == gateway.Block && row.reason != "" {
						if response.StatusCode != 502 || body != `{"message":"Bad Gateway"}` || response.Header.Get("X-Upstream") != "" {
							t.Errorf("got %d %.100s %v", response.StatusCode, body, response.Header)
						}
					} else if response.StatusCode != row.status || body != row.body || response.Header.Get("Content-Type") != row.mediaType {
						t.Errorf("got %d, %d bytes, %v", response.StatusCode, len(body), response.Header)
					}
					if mode == gateway.Off || row.reason == "" {
						g.noRefusals(t)
					} else if counted != 1 || strings.Contains(g.log.String(), "secret") {
						t.Errorf("%v counted: %s", counted, g.log)
					}
				})
			}
		}
	}
}

// TestAnswerToHead is not looked at: it has no body.
func TestAnswerToHead(t *testing.T) {
	upstream := record(t, nil)
	g := guard(t, upstream.URL, contract(strings.Replace(anything, `"default":{"description":"any"}`, `"200":{"description":"any","content":{"application/json":{"schema":{"type":"string"}}}}`, 2)), answers(gateway.Block))
	if response, _ := send(t, request(t, "HEAD", g.url+"/a", "")); response.StatusCode != 200 {
		t.Error(response.Status)
	}
	if response, _ := send(t, request(t, "GET", g.url+"/a", "")); response.StatusCode != 502 {
		t.Error(response.Status)
	}
}
