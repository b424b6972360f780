package gateway_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/productsupcom/cde/server/gateway"
)

// refused is a request that the contract does not allow.
type refused struct {
	name           string
	method, target string
	body           string
	headers        []string // added to a token and, with a body, a media type; an empty value takes away
	status         int
	answer         string
	operation      string
	reason         string
}

func refusedRequests() []refused {
	const put, post, none = "updateContainerApiVersion", "rollbackMigration", "none"
	const unauthorized = `{"message":"You have to be authorized to access this resource."}` + "\n"
	const badRequest, notFound = `{"message":"Bad request.","errors":[]}`, `{"message":"Not Found"}`
	in := func(old, with string) string { return strings.Replace(containerAPI, old, with, 1) }
	return []refused{
		{"empty object", "PUT", containerAPI, `{}`, nil, 400, `{"message":"Bad request.","errors":{"version-constraint":"This value should not be blank."}}`, put, "body"},
		{"duplicate key", "PUT", containerAPI, `{"version-constraint":"^1","version-constraint":"^2"}`, nil, 400, badRequest, put, "json"},
		{"key in other case", "PUT", containerAPI, `{"version-constraint":"^1","Version-Constraint":"^2"}`, nil, 400, `{"message":"Bad request.","errors":{"Version-Constraint":"This field was not expected."}}`, put, "body"},
		{"not an image", "PUT", containerAPI, `{"image":"UPPER","version-constraint":"^1"}`, nil, 400, `{"message":"Bad request.","errors":{"image":"This value is not valid."}}`, put, "body"},
		{"no uuid", "PUT", in("497f", "x"), goodBody, nil, 400, `{"message":"Bad request.","errors":{"publicId":"This is not a valid UUID."}}`, put, "parameters"},
		{"body where none is declared", "POST", rollback, `{}`, nil, 400, badRequest, post, "body"},
		{"gzip", "PUT", containerAPI, goodBody, []string{"Content-Encoding", "gzip"}, 415, `{"message":"Unsupported Media Type"}`, put, "encoding"},
		{"media type", "PUT", containerAPI, goodBody, []string{"Content-Type", "", "Content-Type", "text/plain"}, 415, `{"message":"Unsupported Media Type"}`, put, "media-type"},
		{"over the limit", "PUT", containerAPI, strings.Repeat(" ", 70<<10) + goodBody, nil, 413, `{"message":"Request Entity Too Large"}`, put, "size"},
		{"method", "DELETE", containerAPI, "", nil, 405, `{"message":"Method Not Allowed"}`, none, "method"},
		{"unknown path", "GET", "/admin", "", nil, 404, notFound, none, "route"},
		{"encoded slash", "PUT", in("versions/1", "versions/1%2f"), goodBody, nil, 404, notFound, none, "route"},
		{"dot segment", "PUT", in("versions/1", "versions/."), goodBody, nil, 404, notFound, none, "route"},
		{"encoded backslash", "PUT", in("versions/1", `versions/1%5c`), goodBody, nil, 404, notFound, none, "route"},
		{"dot segment with a parameter", "PUT", in("versions/1", "versions/..;a=b"), goodBody, nil, 404, notFound, put, "route"},
		{"dot segment encoded twice", "PUT", in("versions/1", "versions/%252e%252e"), goodBody, nil, 404, notFound, put, "route"},
		{"NUL in the path", "PUT", in("versions/1", "versions/1%00"), goodBody, nil, 404, notFound, put, "route"},
		{"double slash", "PUT", "/" + containerAPI, goodBody, nil, 404, notFound, none, "route"},
		{"query that ends in two ways", "PUT", containerAPI + "?x=1&x=2;z=%zz", goodBody, nil, 400, badRequest, put, "parameters"},
		{"semicolon in the query", "POST", rollback + "?a=1;b=2", "", nil, 400, badRequest, post, "parameters"},
		{"broken escape in the query", "POST", rollback + "?a=%zz", "", nil, 400, badRequest, post, "parameters"},
		{"method in the query", "POST", rollback + "?_METHOD=DELETE", "", nil, 400, badRequest, post, "parameters"},
		{"no token", "PUT", containerAPI, goodBody, []string{"Authorization", ""}, 401, unauthorized, put, "auth"},
		{"another scheme", "PUT", containerAPI, goodBody, []string{"Authorization", "", "Authorization", "Basic eDp5"}, 401, unauthorized, put, "auth"},
		{"malformed token", "PUT", containerAPI, goodBody, []string{"Authorization", "", "Authorization", "Bearer a b"}, 401, unauthorized, put, "auth"},
		{"two tokens", "PUT", containerAPI, goodBody, []string{"Authorization", "Bearer x"}, 401, unauthorized, put, "auth"},
		{"token in the query", "POST", rollback + "?access_token=x", "", nil, 401, unauthorized, post, "auth"},
		{"websocket", "POST", rollback, "", []string{"Connection", "Upgrade", "Upgrade", "websocket"}, 400, badRequest, post, "upgrade"},
	}
}

// TestBlockMode: a refused request is answered in the contract's words, counted, logged, and never reaches the upstream.
func TestBlockMode(t *testing.T) {
	upstream := record(t, nil)
	g := guard(t, upstream.URL)
	counts := map[string]float64{}
	for _, row := range refusedRequests() {
		t.Run(row.name, func(t *testing.T) {
			response, body := send(t, request(t, row.method, g.url+row.target, row.body, row.headers...))
			if response.StatusCode != row.status || body != row.answer || response.Header.Get("Content-Type") != "application/json" {
				t.Errorf("got %d %q %s", response.StatusCode, body, response.Header)
			}
			if challenge := response.Header.Get("WWW-Authenticate"); (row.status == 401) != strings.HasPrefix(challenge, "Bearer ") {
				t.Errorf("challenge %q", challenge)
			}
			if row.status == 405 && response.Header.Get("Allow") != "OPTIONS, PUT" {
				t.Errorf("Allow %q", response.Header.Get("Allow"))
			}
			key := row.operation + "/" + row.reason
			counts[key]++
			if got := g.refusals(t, row.operation, row.reason, "block"); got != counts[key] {
				t.Errorf("%v counted for %s, want %v", got, key, counts[key])
			}
		})
	}
	if reached := upstream.requests(); len(reached) != 0 {
		t.Errorf("%d requests reached the upstream, such as %+v", len(reached), reached[0])
	}
	lines := strings.Split(strings.TrimSpace(g.log.String()), "\n")
	if len(lines) != len(refusedRequests()) {
		t.Errorf("%d lines for %d refusals", len(lines), len(refusedRequests()))
	}
	for i, line := range lines {
		var got struct{ Msg, Operation, Reason, Mode, Method, Path string }
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		row := refusedRequests()[i]
		if got.Msg != "refused" || got.Operation != row.operation || got.Reason != row.reason || got.Mode != "block" || got.Method != row.method || got.Path == "" {
			t.Errorf("%s: %s", row.name, line)
		}
		if strings.Contains(line, "good-looking") || strings.Contains(line, "access_token") {
			t.Errorf("%s: the line holds a token: %s", row.name, line)
		}
	}
}

// TestReportMode: the same requests pass, byte for byte, and are counted.
func TestReportMode(t *testing.T) {
	for _, row := range refusedRequests() {
		t.Run(row.name, func(t *testing.T) {
			upstream := record(t, nil)
			g := guard(t, upstream.URL, report)
			response, body := send(t, request(t, row.method, g.url+row.target, row.body, row.headers...))
			if response.StatusCode != 200 || body != `{"message":"upstream"}` {
				t.Errorf("got %d %q", response.StatusCode, body)
			}
			got := upstream.only(t)
			if got.method != row.method || got.target != row.target || got.body != row.body || got.length != int64(len(row.body)) {
				t.Errorf("got %s %s, %d bytes, length %d", got.method, got.target, len(got.body), got.length)
			}
			if n := g.refusals(t, row.operation, row.reason, "report"); n != 1 {
				t.Errorf("%v counted: %s", n, g.log)
			}
			if !strings.Contains(g.log.String(), `"mode":"report"`) {
				t.Errorf("log: %s", g.log)
			}
		})
	}
	t.Run("over the limit, in chunks", func(t *testing.T) {
		upstream := record(t, nil)
		g := guard(t, upstream.URL, report)
		large := strings.Repeat(" ", 500<<10) + goodBody
		response, body := send(t, chunked(request(t, "PUT", g.url+containerAPI, large)))
		got := upstream.only(t)
		if response.StatusCode != 200 || got.body != large || got.length != -1 {
			t.Errorf("got %d %s; %d bytes, length %d", response.StatusCode, body, len(got.body), got.length)
		}
		if n := g.refusals(t, "updateContainerApiVersion", "size", "report"); n != 1 {
			t.Errorf("%v counted", n)
		}
	})
	t.Run("what keeps the contract is not counted", func(t *testing.T) {
		upstream := record(t, nil)
		g := guard(t, upstream.URL, report)
		if response, body := send(t, request(t, "PUT", g.url+containerAPI, goodBody)); response.StatusCode != 200 {
			t.Error(response.Status, body)
		}
		if got := upstream.only(t); got.body != goodBody {
			t.Errorf("got %+v", got)
		}
		g.noRefusals(t)
	})
}

// TestReportModeKeepsToTheBasePath: a path that could lead out of the upstream's base path is refused in any mode.
func TestReportModeKeepsToTheBasePath(t *testing.T) {
	upstream := record(t, nil)
	g := guard(t, upstream.URL+"/base", report)
	for _, target := range []string{"/../admin", "/a/..%2fadmin", "/%2e%2e/admin", "/..;x/admin", "/%252e%252e/admin", `/..%5cadmin`} {
		answers, _ := sendRaw(t, g.url, "GET "+target+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if len(answers) != 1 || answers[0].StatusCode != 404 {
			t.Errorf("%s: %v", target, answers)
		}
	}
	answers, _ := sendRaw(t, g.url, "GET /other HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	if got := upstream.only(t); len(answers) != 1 || got.target != "/base/other" {
		t.Errorf("%v, %+v", answers, got)
	}
}

// TestNoTunnel: neither mode connects to elsewhere.
func TestNoTunnel(t *testing.T) {
	for _, mode := range []gateway.Mode{gateway.Block, gateway.Report} {
		upstream := record(t, nil)
		g := guard(t, upstream.URL, func(c *gateway.Config) { c.Requests = mode })
		for _, line := range []string{"CONNECT other.example:443", "OPTIONS *", "CONNECT /x"} {
			answers, _ := sendRaw(t, g.url, line+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			if len(answers) != 1 || answers[0].StatusCode < 400 && line != "OPTIONS *" {
				t.Errorf("%s %s: %v", mode, line, answers)
			}
		}
		if n := len(upstream.requests()); n != 0 {
			t.Errorf("%s: %d requests reached the upstream", mode, n)
		}
	}
}

// TestFraming sends requests that two readers could understand in two ways. None of them brings a second request with it, and
// what does reach the upstream has one framing.
func TestFraming(t *testing.T) {
	head := "PUT " + containerAPI + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer a.b.c\r\n"
	length := "Content-Length: " + strconv.Itoa(len(goodBody)) + "\r\n"
	smuggled := "POST /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
	inChunks := strconv.FormatInt(int64(len(goodBody)), 16) + "\r\n" + goodBody + "\r\n0\r\n\r\n"
	for _, row := range []struct {
		name, request string
		passes        bool // as one request
	}{
		{"content length and chunks", head + length + "Transfer-Encoding: chunked\r\n\r\n" + inChunks + smuggled, true},
		{"content length too long, and chunks", head + "Content-Length: 400\r\nTransfer-Encoding: chunked\r\n\r\n" + inChunks + smuggled, true},
		{"chunks that end early", head + length + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, false},
		{"HTTP/1.0 with chunks", strings.Replace(head, "HTTP/1.1", "HTTP/1.0", 1) + "Connection: keep-alive\r\n" + length + "Transfer-Encoding: chunked\r\n\r\n" + goodBody + smuggled, true},
		{"unknown encoding", head + length + "Transfer-Encoding: xchunked\r\n\r\n" + goodBody + smuggled, false},
		{"encoding twice", head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + inChunks + smuggled, false},
		{"encoding in a list", head + "Transfer-Encoding: identity, chunked\r\n\r\n" + inChunks + smuggled, false},
		{"encoding with a vertical tab", head + "Transfer-Encoding: \x0bchunked\r\n\r\n" + inChunks + smuggled, false},
		{"differing content lengths", head + length + "Content-Length: 3\r\n\r\n" + goodBody + smuggled, false},
		{"content lengths in a list", head + "Content-Length: 3, 3\r\n\r\n" + goodBody + smuggled, false},
		{"signed content length", head + "Content-Length: +30\r\n\r\n" + strings.Repeat(" ", 30) + smuggled, false},
		{"space before colon", head + "Content-Length : 2\r\n\r\n{}" + smuggled, false},
		{"two hosts", head + "Host: y\r\n" + length + "\r\n" + goodBody + smuggled, false},
		{"no host", strings.Replace(head, "Host: x\r\n", "", 1) + length + "\r\n" + goodBody + smuggled, false},
		{"bare carriage return", head + "X-A: b\rc\r\n" + length + "\r\n" + goodBody + smuggled, false},
		{"NUL in a header", head + "X-A: b\x00c\r\n" + length + "\r\n" + goodBody + smuggled, false},
		{"chunk size that overflows", head + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n" + goodBody + smuggled, false},
		{"chunk extension without end", head + "Transfer-Encoding: chunked\r\n\r\n2;" + strings.Repeat("a", 80<<10) + "\r\n{}\r\n0\r\n\r\n" + smuggled, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			upstream := record(t, nil)
			g := guard(t, upstream.URL)
			answers, bodies := sendRaw(t, g.url, row.request)
			if len(answers) != 1 || !answers[0].Close {
				t.Fatalf("%d answers: %v", len(answers), bodies)
			}
			if status := answers[0].StatusCode; row.passes != (status == http.StatusOK) || !row.passes && status != 400 && status != 501 && status != 413 {
				t.Errorf("status %d %s", status, bodies[0])
			}
			reached := upstream.requests()
			if !row.passes {
				if len(reached) != 0 {
					t.Errorf("the upstream saw %+v", reached)
				}
				return
			}
			if got := upstream.only(t); got.body != goodBody || got.length != int64(len(goodBody)) || got.transfer != nil {
				t.Errorf("the upstream saw %+v", got)
			}
		})
	}
}
