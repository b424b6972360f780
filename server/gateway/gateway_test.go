package gateway_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/server/gateway"
)

const (
	connector    = "/connectors/497f6eca-6276-4993-bfeb-53cbbbba6f08/versions/1"
	containerAPI = connector + "/execution-config/container-api"
	rollback     = connector + "/migration/rollback"
	goodBody     = `{"image":"test.domain.docker/test/container-api-image:1.0.0","version-constraint":"^0.20"}`
)

// guarded is a gateway in front of an upstream, on a loopback port.
type guarded struct {
	*gateway.Gateway
	url     string
	metrics *prometheus.Registry
	log     *syncBuffer
}

// guard starts a gateway in front of the upstream's URL.
func guard(t testing.TB, upstream string, changes ...func(*gateway.Config)) *guarded {
	t.Helper()
	g := &guarded{metrics: prometheus.NewRegistry(), log: &syncBuffer{}}
	config := gateway.Config{Upstream: upstream, Spec: openapi.YAML, Metrics: g.metrics,
		Logger: slog.New(slog.NewJSONHandler(g.log, nil)), UpstreamTimeout: 10 * time.Second}
	for _, change := range changes {
		change(&config)
	}
	made, err := gateway.New(config)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(made)
	g.Gateway, g.url = made, front.URL
	t.Cleanup(func() { front.Close(); made.Close() })
	return g
}

func report(c *gateway.Config) { c.Requests = gateway.Report }

func answers(mode gateway.Mode) func(*gateway.Config) {
	return func(c *gateway.Config) { c.Answers = mode }
}

func contract(spec string) func(*gateway.Config) {
	return func(c *gateway.Config) { c.Spec = []byte(spec) }
}

// refusals is the value of the counter.
func (g *guarded) refusals(t testing.TB, operation, reason, mode string) float64 {
	t.Helper()
	families, err := g.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%s/%s/%s", operation, reason, mode)
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			labels := map[string]string{}
			for _, label := range metric.GetLabel() {
				labels[label.GetName()] = label.GetValue()
			}
			if family.GetName() == "cde_gateway_refusals_total" && labels["operation"]+"/"+labels["reason"]+"/"+labels["mode"] == want {
				return metric.GetCounter().GetValue()
			}
		}
	}
	return 0
}

// noRefusals fails when the gateway refused anything.
func (g *guarded) noRefusals(t testing.TB) {
	t.Helper()
	if n, err := testutil.GatherAndCount(g.metrics, "cde_gateway_refusals_total"); err != nil || n != 0 {
		t.Errorf("%d kinds of refusals, %v: %s", n, err, g.log)
	}
}

// recorder is an upstream that keeps what reaches it and answers with a fixed answer.
type recorder struct {
	*httptest.Server
	mu     sync.Mutex
	seen   []seen
	answer http.HandlerFunc
}

type seen struct {
	method, target, host, body string
	length                     int64
	transfer                   []string
	header                     http.Header
}

func record(t testing.TB, answer http.HandlerFunc) *recorder {
	t.Helper()
	u := &recorder{answer: answer}
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("the upstream cannot read the body: %v", err)
		}
		u.mu.Lock()
		u.seen = append(u.seen, seen{r.Method, r.RequestURI, r.Host, string(body), r.ContentLength, r.TransferEncoding, r.Header.Clone()})
		u.mu.Unlock()
		if u.answer != nil {
			u.answer(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"message":"upstream"}`)
	}))
	t.Cleanup(u.Close)
	return u
}

func (u *recorder) requests() []seen {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]seen{}, u.seen...)
}

// only returns the one request that reached the upstream.
func (u *recorder) only(t testing.TB) seen {
	t.Helper()
	all := u.requests()
	if len(all) != 1 {
		t.Fatalf("%d requests reached the upstream", len(all))
	}
	return all[0]
}

// request makes one; headers are pairs. A token is added unless there is one.
func request(t testing.TB, method, url, body string, headers ...string) *http.Request {
	t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, content)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer some.good-looking.token")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		} else {
			r.Header[headers[i]] = append(r.Header[headers[i]], headers[i+1])
		}
	}
	return r
}

// direct is a client that follows nothing and keeps nothing.
var direct = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func send(t testing.TB, r *http.Request) (*http.Response, string) {
	t.Helper()
	response, err := direct.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// sendRaw writes bytes to a server and returns its answers until it closes the connection.
func sendRaw(t testing.TB, url, text string) (answers []*http.Response, bodies []string) {
	t.Helper()
	return sendRawWithin(t, url, text, 5*time.Second)
}

// sendRawWithin is sendRaw to a server that may keep the connection: behind its first answer it waits no longer than patience.
func sendRawWithin(t testing.TB, url, text string, patience time.Duration) (answers []*http.Response, bodies []string) {
	t.Helper()
	connection, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	go func() { _, _ = io.WriteString(connection, text) }() // the server may answer and close before all is written
	reader := bufio.NewReader(connection)
	for {
		wait := 5 * time.Second
		if len(answers) > 0 {
			wait = patience
		}
		_ = connection.SetReadDeadline(time.Now().Add(wait))
		answer, err := http.ReadResponse(reader, nil)
		if err != nil {
			return answers, bodies
		}
		if answer.StatusCode == http.StatusContinue {
			continue
		}
		body, _ := io.ReadAll(answer.Body)
		answers, bodies = append(answers, answer), append(bodies, string(body))
		if answer.Close {
			rest, _ := io.ReadAll(reader)
			if len(rest) > 0 {
				t.Errorf("the connection went on after its end: %q", rest)
			}
			return answers, bodies
		}
	}
}

// syncBuffer is a buffer that several goroutines may write to.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
