package interop_test

import (
	"bufio"
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/productsupcom/cde/server"
	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/samples"
	"github.com/productsupcom/cde/server/servertest"
)

// TestMain lets cde start this program as the person's browser.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "browse" {
		if _, err := newBrowser("").visit(os.Args[2]); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

// TestCDESignsInAtOIDCProvider has cde and a server meet through an issuer that neither of them brought: signed in by
// browser or on a device, cde changes a connector, with a token that it had to renew first.
func TestCDESignsInAtOIDCProvider(t *testing.T) {
	command := buildCDE(t)
	var authenticator lateAuthenticator
	api := servertest.New(t, servertest.WithConfig(func(c *server.Config) { c.Authenticator = &authenticator }))
	provider := startProvider(t, api.URL, "ACCESS_SECONDS=1")
	made, err := auth.New(auth.Config{Issuer: provider.Issuer, Audience: api.URL, RequiredScope: "cde", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	authenticator.Store(made)

	for name, signIn := range map[string]func(*testing.T, *exec.Cmd){"browser": inBrowser, "device": onDevice} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			run := func(args ...string) *exec.Cmd {
				cmd := exec.CommandContext(t.Context(), command, append(args, "--base-url", api.URL)...)
				cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home, "DBUS_SESSION_BUS_ADDRESS=", "XDG_RUNTIME_DIR=", "CDE_TOKEN=",
					"BROWSER="+os.Args[0]+" browse")
				return cmd
			}
			signIn(t, run("login"))
			before := kept(t, home)
			output, err := run("container-api", "set", samples.ContainerAPI, "1", "--version-constraint", "^0.20", "-o", "json").CombinedOutput()
			if err != nil || !bytes.Contains(output, []byte(`"version-constraint": "^0.20"`)) {
				t.Errorf("cde container-api set: %v\n%s", err, output)
			}
			if before == kept(t, home) {
				t.Error("the sign-in was not renewed")
			}
			if output, err := run("logout").CombinedOutput(); err != nil {
				t.Errorf("cde logout: %v\n%s", err, output)
			}
			if output, err := run("auth", "status").CombinedOutput(); err == nil {
				t.Errorf("signed in after logout: %s", output)
			}
		})
	}
}

func inBrowser(t *testing.T, cde *exec.Cmd) {
	t.Helper()
	if output, err := cde.CombinedOutput(); err != nil || !bytes.Contains(output, []byte("as "+subject)) {
		t.Fatalf("cde login: %v\n%s", err, output)
	}
}

var shownCode = regexp.MustCompile(`(http\S+)\s+([A-Z]+-[A-Z]+)`)

func onDevice(t *testing.T, cde *exec.Cmd) {
	t.Helper()
	cde.Args = append(cde.Args, "--device")
	stderr, err := cde.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cde.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	lines := bufio.NewScanner(stderr)
	typed := false
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		if found := shownCode.FindStringSubmatch(said.String()); found != nil && !typed {
			typed = true
			if page, err := newBrowser("").visit(found[1] + "?user_code=" + found[2]); err != nil {
				t.Errorf("%v\n%s", err, page)
			}
		}
	}
	if err := cde.Wait(); err != nil || !typed || !strings.Contains(said.String(), "as "+subject) {
		t.Fatalf("cde login --device: %v\n%s", err, said.String())
	}
}

// kept is all that cde keeps of its sign-ins.
func kept(t *testing.T, home string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(filepath.Join(home, "cde"), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		all.Write(content)
		return err
	})
	if err != nil || all.Len() == 0 {
		t.Fatalf("nothing is kept: %v", err)
	}
	return all.String()
}

func buildCDE(t *testing.T) string {
	t.Helper()
	command := filepath.Join(t.TempDir(), "cde")
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", command, "github.com/productsupcom/cde/client/cmd/cde").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return command
}

// lateAuthenticator is one whose issuer starts after the server, whose address the issuer has to know.
type lateAuthenticator struct {
	atomic.Pointer[auth.Authenticator]
}

func (l *lateAuthenticator) Authenticate(r *http.Request) (auth.Caller, error) {
	return l.Load().Authenticate(r)
}

func (l *lateAuthenticator) Ready(ctx context.Context) error { return l.Load().Ready(ctx) }

func (l *lateAuthenticator) Metadata() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { l.Load().Metadata().ServeHTTP(w, r) })
}
