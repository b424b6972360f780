package main

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// readme is README between two of its sentences, as blocks of code by their languages.
func readme(t *testing.T, from, to string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, begins := strings.Cut(string(text), from)
	section, _, ends := strings.Cut(section, to)
	if !begins || !ends {
		t.Fatalf("README has no %q or no %q", from, to)
	}
	blocks := map[string][]string{}
	for _, block := range regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$").FindAllStringSubmatch(section, -1) {
		blocks[block[1]] = append(blocks[block[1]], block[2])
	}
	return blocks
}

// shell runs a script in folder, in which cded is this program, and returns what it printed.
func shell(t *testing.T, folder, script string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	bin := t.TempDir()
	program, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(bin, "cded")); err != nil {
		t.Skip(err)
	}
	command := exec.CommandContext(ctx, "sh", "-ec", script)
	command.Dir = folder
	command.Env = append(os.Environ(), asCommand+"=1", "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, script, out)
	}
	return string(out)
}

// TestREADMEFirstScreen: README's first commands are those that the server prints, and give the answers that README shows, but
// for the moment of the change.
func TestREADMEFirstScreen(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("needs curl")
	}
	blocks := readme(t, "ready to paste:", "The same in a browser")
	p := start(t, t.TempDir(), "serve", "--dev", "--addr", "127.0.0.1:0")
	script := strings.ReplaceAll(strings.Join(blocks["sh"], ""), "http://127.0.0.1:8080", p.url)
	_, greeting, _ := strings.Cut(p.log.String(), "Try it:\n\n")
	greeting, _, _ = strings.Cut(greeting, "\n\n")
	if diff := cmp.Diff(script, strings.ReplaceAll("\n"+greeting, "\n  ", "\n")[1:]+"\n"); diff != "" {
		t.Errorf("README shows other commands than the server (-README +server):\n%s", diff)
	}
	moment := regexp.MustCompile(`^(.*?"updated-at":)"[^"]*"`)
	answers := strings.Split(strings.ReplaceAll(shell(t, t.TempDir(), script), "}{", "}\n{"), "\n")
	if len(answers) != 2 || len(blocks["json"]) != 2 {
		t.Fatalf("%d answers, README shows %d; want two", len(answers), len(blocks["json"]))
	}
	for i, want := range blocks["json"] {
		want, got := moment.ReplaceAllString(strings.TrimSuffix(want, "\n"), "$1"), moment.ReplaceAllString(answers[i], "$1")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("README shows another answer (-README +server):\n%s", diff)
		}
	}
}

// TestREADMEServes runs what README shows under Serve, but for the server: its issuer is an example.
func TestREADMEServes(t *testing.T) {
	folder := t.TempDir()
	p := start(t, folder, "serve", "--dev", "--addr", "127.0.0.1:0")
	if status, body, err := send(t.Context(), http.DefaultClient, http.MethodPut, containerAPI(p), p.token(t, "owner"), goodBody); err != nil || status != http.StatusOK {
		t.Fatalf("status %d, %v: %s", status, err, body)
	}
	script := strings.Join(readme(t, "\n## Serve\n", "\n## ")["sh"], "")
	commands, serve := regexp.MustCompile(`(?m)^cded serve .*\n`).ReplaceAllString(script, ""), "cded serve "
	if strings.Count(script, serve) != 1 || strings.Count(commands, "\ncded ") != 5 {
		t.Fatalf("README has another form:\n%s", script)
	}
	out := shell(t, folder, commands)
	if strings.Count(out, "\n") != 3 || !strings.Contains(out, "PUBLIC-ID") { // the list; import leaves no history
		t.Errorf("it printed\n%s", out)
	}
	for _, file := range []string{"cde.db", "copy.db"} {
		if _, err := os.Stat(filepath.Join(folder, file)); err != nil {
			t.Error(err)
		}
	}
}

// TestREADMEScriptsFaults: what README sends to the port of faults is taken.
func TestREADMEScriptsFaults(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("needs curl")
	}
	script := strings.Join(readme(t, "\n## Test against it\n", "\n## ")["sh"], "")
	serve, script, _ := strings.Cut(script, "\n")
	const address = "127.0.0.1:8090"
	if serve != "cded serve --dev --fault-addr "+address {
		t.Fatalf("README has another form: %s", serve)
	}
	p := start(t, t.TempDir(), "serve", "--dev", "--addr", "127.0.0.1:0", "--fault-addr", "127.0.0.1:0")
	token := p.token(t, "owner")
	shell(t, t.TempDir(), strings.ReplaceAll(strings.Replace(script, "curl ", "curl --fail ", 1), address, faultAddress(t, p)))
	if _, _, err := send(t.Context(), http.DefaultClient, http.MethodPost, rollback(p), token, ""); err == nil {
		t.Error("the first rollback is answered; README's script resets its connection")
	}
}

// TestREADMEGuards puts README's gateway before the development server, which must not see the refused request.
func TestREADMEGuards(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("needs curl")
	}
	blocks := readme(t, "\n## Guard another server\n", "\n## ")
	serve, script, _ := strings.Cut(strings.Join(blocks["sh"], ""), "\n")
	line, _, _ := strings.Cut(serve, " #")
	if !strings.HasPrefix(line, "cded gateway ") || len(blocks["json"]) != 1 {
		t.Fatalf("README has another form: %s", serve)
	}
	upstream := start(t, t.TempDir(), "serve", "--dev", "--addr", "127.0.0.1:0")
	flags := strings.Fields(strings.ReplaceAll(strings.TrimPrefix(line, "cded "), "http://127.0.0.1:8080", upstream.url))
	g := start(t, t.TempDir(), append(flags, "--addr", "127.0.0.1:0")...)
	script = "TOKEN=" + upstream.token(t, "owner") + "\n" + strings.ReplaceAll(script, "http://127.0.0.1:8081", g.url)
	if diff := cmp.Diff(strings.TrimSpace(blocks["json"][0]), shell(t, t.TempDir(), script)); diff != "" {
		t.Errorf("README shows another answer (-README +gateway):\n%s", diff)
	}
	if strings.Contains(upstream.log.String(), `"path":"/connectors/`) {
		t.Errorf("the upstream was asked: %s", upstream.log)
	}
}
