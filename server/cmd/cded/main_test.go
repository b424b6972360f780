package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/productsupcom/cde/server/postgres/postgrestest"
)

// asCommand in the environment makes the test binary be cded, so that tests start real processes.
const asCommand = "CDED_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	os.Exit(postgrestest.Main(m))
}

// cded runs one command line in this process and returns its standard output, standard error and exit code.
func cded(t *testing.T, stdin string, environment map[string]string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, talk bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := run(ctx, args, func(name string) string { return environment[name] }, strings.NewReader(stdin), &out, &talk)
	if err != nil {
		code = exitCode(err)
	}
	return out.String(), talk.String(), code
}

// process is a running cded.
type process struct {
	command *exec.Cmd
	url     string
	done    chan struct{}
	log     *safeBuffer
}

// start runs cded with args as a process of its own and waits until it is ready. It is killed when the test ends, if it still runs.
func start(t *testing.T, folder string, args ...string) *process {
	t.Helper()
	p := &process{command: exec.Command(os.Args[0], args...), done: make(chan struct{}), log: &safeBuffer{}}
	p.command.Dir = folder
	p.command.Env = append(os.Environ(), asCommand+"=1")
	p.command.Stdout = p.log
	stderr, err := p.command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	address := make(chan string, 1)
	go p.read(stderr, address)
	t.Cleanup(func() { p.kill() })
	select {
	case found := <-address:
		p.url = "http://" + found
	case <-p.done:
		t.Fatalf("cded ended: %s", p.log)
	case <-time.After(30 * time.Second):
		t.Fatalf("cded does not serve: %s", p.log)
	}
	p.awaitReady(t)
	return p
}

// read keeps the log and finds the address that is served on.
func (p *process) read(stderr io.Reader, address chan<- string) {
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		fmt.Fprintln(p.log, lines.Text())
		var line struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "serving" {
			address <- line.Address
		}
	}
	_ = p.command.Wait()
	close(p.done)
}

func (p *process) awaitReady(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		response, err := http.Get(p.url + "/readyz")
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
	}
	t.Fatalf("cded is not ready: %s", p.log)
}

// kill ends the process at once, as a power failure would.
func (p *process) kill() {
	_ = p.command.Process.Kill()
	<-p.done
}

// token asks the process's own identity provider for a persona's access token.
func (p *process) token(t *testing.T, persona string) string {
	t.Helper()
	response, err := http.PostForm(p.url+"/idp/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {persona}})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Token == "" {
		t.Fatalf("no token: %v", err)
	}
	return answer.Token
}

// send makes one request and returns the status and the body.
func send(ctx context.Context, client *http.Client, method, address, token, body string) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return response.StatusCode, string(content), err
}

// safeBuffer is a buffer that several goroutines may write to.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// database is the address of a new SQLite file.
func database(t *testing.T) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "cde.db")
}

// onEach runs test on a new database of each kind, side by side.
func onEach(t *testing.T, test func(t *testing.T, db string)) {
	for kind, address := range map[string]func(*testing.T) string{
		"sqlite":   database,
		"postgres": func(t *testing.T) string { return postgrestest.Address(t) },
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			test(t, address(t))
		})
	}
}
