package judges_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/productsupcom/cde/server/nodetest"
)

// TestPrismJudgesTheServersTests runs the server's tests over HTTP by way of Prism, which holds every answer
// against the contract. The way: a test's request → the bench (below) → Prism → the bench's back door → the test's server.
func TestPrismJudgesTheServersTests(t *testing.T) {
	dir := nodetest.Install(t, ".")
	back := httptest.NewServer(http.HandlerFunc(backDoor))
	defer back.Close()
	prism := strings.TrimSpace(nodetest.Start(t, dir, nil, "node", "prism.mjs", "../openapi.yaml", back.URL))
	b := &bench{t: t, prism: prism, statuses: map[int]int{}}
	front := httptest.NewServer(b)
	defer front.Close()

	tests := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-run", "^(TestAnswersOfTheExamples|TestDocumentedAnswers|TestFailuresHaveTwoReaders|TestRateLimit)$", "./server")
	tests.Dir = "../.."
	tests.Env = append(os.Environ(), "CDE_TEST_PROXY="+front.URL)
	if output, err := tests.CombinedOutput(); err != nil {
		t.Errorf("the server's tests by way of Prism: %v\n%s", err, output)
	}
	if b.judged < 35 || len(b.statuses) < 8 {
		t.Errorf("Prism judged %d answers of statuses %v, want at least 35 of 8", b.judged, b.statuses)
	}
	t.Logf("Prism judged %d answers of operations, by status %v", b.judged, b.statuses)
}

// TestPrismSeesABrokenAnswer proves that the judge can object: an upstream that leaves out what the contract requires.
func TestPrismSeesABrokenAnswer(t *testing.T) {
	dir := nodetest.Install(t, ".")
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"message":"successful operation","data":{"name":"x"}}`)
	}))
	defer upstream.Close()
	prism := strings.TrimSpace(nodetest.Start(t, dir, nil, "node", "prism.mjs", "../openapi.yaml", upstream.URL))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		prism+"/connectors/497f6eca-6276-4993-bfeb-53cbbbba6f08/versions/1/migration/rollback", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer x")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	found := violations(t, response)
	if len(found) == 0 || !strings.Contains(found[0].Message, "required property") {
		t.Errorf("violations %v, want one for the first missing property", found)
	}
}

// violation is one entry of Prism's header sl-violations.
type violation struct {
	Location []string
	Severity string
	Message  string
}

// violations are those of the answer; those of the request are the tests' own, which send bad requests on purpose.
func violations(t *testing.T, response *http.Response) []violation {
	t.Helper()
	text := response.Header.Get("Sl-Violations")
	if text == "" {
		return nil
	}
	var all, answers []violation
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Errorf("sl-violations %q: %v", text, err)
	}
	for _, v := range all {
		if len(v.Location) > 0 && v.Location[0] == "response" {
			answers = append(answers, v)
		}
	}
	return answers
}

// bench is the HTTP proxy that a test's client is told to use. It sends every request by way of Prism and reads the
// verdict off the answer.
type bench struct {
	t     *testing.T
	prism string

	mu       sync.Mutex
	judged   int
	statuses map[int]int
}

const target = "X-Judge-Target"

func (b *bench) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	via := b.prism
	operation := strings.HasPrefix(r.URL.Path, "/connectors/") && (r.Method == http.MethodPut || r.Method == http.MethodPost)
	if !operation { // pages and other methods are not the contract's: Prism would answer them itself
		via = "http://" + r.URL.Host
	}
	response := forward(w, r, via, r.URL.Host)
	if response == nil || !operation {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.judged++
	b.statuses[response.StatusCode]++
	for _, v := range violations(b.t, response) {
		b.t.Errorf("%s %s → %d: %s at %s", r.Method, r.URL.Path, response.StatusCode, v.Message, strings.Join(v.Location, "."))
	}
}

// backDoor sends what Prism lets through to the server that the test meant.
func backDoor(w http.ResponseWriter, r *http.Request) {
	forward(w, r, "http://"+r.Header.Get(target), "")
}

// forward sends r to the server at via and writes its answer to w, which it returns with its body read. A host goes along
// for the back door.
func forward(w http.ResponseWriter, r *http.Request, via, host string) *http.Response {
	request, err := http.NewRequestWithContext(r.Context(), r.Method, via+r.URL.RequestURI(), r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return nil
	}
	request.Header = r.Header.Clone()
	request.Header.Del("Proxy-Connection")
	request.ContentLength = r.ContentLength
	request.Header.Del(target)
	if host != "" {
		request.Header.Set(target, host)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return nil
	}
	defer response.Body.Close()
	for name, values := range response.Header {
		if !strings.HasPrefix(name, "Sl-") {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(response.StatusCode)
	_, _ = io.Copy(w, response.Body)
	return response
}
