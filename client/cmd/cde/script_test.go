package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/productsupcom/cde/server/faults"
	"github.com/productsupcom/cde/server/servertest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"cde": main, "person": personMain})
}

// TestScripts runs testdata/*.txtar, each against a server of its own. UPDATE_GOLDEN=1 writes the outputs anew that
// they compare with. Beside the commands of testscript they have:
//
//	exits CODE cde …          runs a command that must end with this exit code
//	interrupt CODE TEXT cde … sends it SIGINT when it has said TEXT, or --request: when its request is there
//	signin PERSONA CODE cde … types the code of a device sign-in in
//	shown TEXT                the browser shows a page with TEXT, once it is there: cde does not wait for its browser
//	faults JSON               scripts what goes wrong on the way to the API, see package faults
//	clock DURATION            moves the server's clock
//	requests N PATH           so many requests to a path have come since the server started
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       os.Getenv("UPDATE_GOLDEN") == "1",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			s := startSite(t)
			env.Values[siteKey{}] = s
			env.Vars = append(env.Vars,
				"CDE_BASE_URL="+s.URL, "ISSUER="+s.Issuer,
				"OWNER="+s.Token("owner"), "STRANGER="+s.Token("stranger"),
				"KOHLER=497f6eca-6276-4993-bfeb-53cbbbba6f08", "OMDB=019e16f4-2b5c-7d3a-9f10-6c1a4e8b7d21",
				"GORACE=atexit_sleep_ms=0", // else every command takes a second longer under the race detector
				"XDG_CONFIG_HOME="+env.WorkDir+"/config", "XDG_CACHE_HOME="+env.WorkDir+"/cache")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  exits,
			"signin": signInOnDevice,
			"shown":  shown,
			"interrupt": func(ts *testscript.TestScript, _ bool, args []string) {
				interrupt(ts, siteOf(ts).arrived, args)
			},
			"requests": func(ts *testscript.TestScript, _ bool, args []string) {
				got, _ := siteOf(ts).requests.Load(args[1])
				if fmt.Sprint(got) != args[0] {
					ts.Fatalf("%v requests to %s, want %s", got, args[1], args[0])
				}
			},
			"clock": func(ts *testscript.TestScript, _ bool, args []string) {
				d, err := time.ParseDuration(args[0])
				ts.Check(err)
				siteOf(ts).Clock.Advance(d)
			},
			"faults": func(ts *testscript.TestScript, _ bool, args []string) {
				script, err := faults.ReadScript(strings.NewReader(args[0]))
				ts.Check(err)
				ts.Check(siteOf(ts).faults.Set(script))
			},
		},
	})
}

// site is a server whose answers can be made to go wrong.
type site struct {
	*servertest.Server
	faults  *faults.Layer
	arrived chan string // has a word if a request to the API has come since it was last empty

	mu       sync.Mutex
	requests sync.Map // path → number of requests
}

// siteKey is where a script has its site.
type siteKey struct{}

func siteOf(ts *testscript.TestScript) *site { return ts.Value(siteKey{}).(*site) }

func (s *site) count(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, _ := s.requests.LoadOrStore(path, 0)
	s.requests.Store(path, n.(int)+1)
}

func startSite(t *testing.T) *site {
	s := &site{faults: new(faults.Layer), arrived: make(chan string, 1)}
	s.Server = servertest.New(t, servertest.WithHandler(func(api http.Handler) http.Handler {
		api = s.faults.Handler(api)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.count(r.URL.Path)
			if strings.HasPrefix(r.URL.Path, "/connectors/") {
				select {
				case s.arrived <- r.Method:
				default:
				}
			}
			api.ServeHTTP(w, r)
		})
	}))
	return s
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE command …")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := codeOf(ts, ts.Exec(args[1], args[2:]...)); got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func codeOf(ts *testscript.TestScript, err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	ts.Check(err)
	return 0
}

// interrupt gives a command SIGINT at the moment that its stderr has the text, or that its request has arrived.
func interrupt(ts *testscript.TestScript, arrived <-chan string, args []string) {
	select {
	case <-arrived: // of a command before
	default:
	}
	if args[1] != "--request" {
		arrived = nil
	}
	saying(ts, args, arrived, func(process *os.Process, _ string) error { return process.Signal(os.Interrupt) })
}

// saying runs [CODE TEXT command …], does act once when its stderr has the text or arrived has a word, and waits for the
// exit code.
func saying(ts *testscript.TestScript, args []string, arrived <-chan string, act func(*os.Process, string) error) {
	path, err := exec.LookPath(args[2])
	ts.Check(err)
	command := exec.Command(path, args[3:]...)
	command.Dir = ts.Getenv("WORK")
	command.Env = environment(ts)
	heard := &listener{text: args[1], heard: make(chan string, 1)}
	command.Stderr = heard
	ts.Check(command.Start())
	select {
	case said := <-heard.heard:
		ts.Check(act(command.Process, said))
	case <-arrived:
		ts.Check(act(command.Process, ""))
	case <-time.After(20 * time.Second):
		_ = command.Process.Kill()
		ts.Fatalf("it never said %q but\n%s", args[1], heard)
	}
	code := codeOf(ts, command.Wait())
	ts.Logf("[stderr]\n%s", heard)
	ts.Check(os.WriteFile(ts.MkAbs("stderr.txt"), []byte(heard.String()), 0o600))
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

func environment(ts *testscript.TestScript) []string {
	var all []string
	for _, name := range []string{"PATH", "HOME", "CDE_BASE_URL", "CDE_TOKEN", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "BROWSER", "GORACE"} {
		if value := ts.Getenv(name); value != "" {
			all = append(all, name+"="+value)
		}
	}
	return all
}
