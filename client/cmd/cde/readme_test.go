package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestREADME runs what README shows of cde, but for its installation, and holds the answer to the refused request against
// README's.
func TestREADME(t *testing.T) {
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "## Call it from a shell\n\n```sh\n")
	script, rest, _ := strings.Cut(section, "```\n```\n")
	want, _, found := strings.Cut(rest, "```\n")
	_, commands, installed := strings.Cut(script, "\n")
	if !found || !installed || strings.Count(commands, "\ncde ") != 4 {
		t.Fatalf("README has another form: %q", script)
	}
	s := startSite(t)
	home := t.TempDir()
	// The profile's address belongs to make run; everything else is as it stands there.
	shell := exec.CommandContext(t.Context(), "sh", "-c", commands)
	shell.Dir = home
	shell.Env = append(os.Environ(), "CDE_BASE_URL="+s.URL, "CDE_TOKEN=", "XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home,
		"DBUS_SESSION_BUS_ADDRESS=", "XDG_RUNTIME_DIR=", "BROWSER=person owner", "GORACE=atexit_sleep_ms=0")
	output, err := shell.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 7 || !strings.HasSuffix(string(output), want) {
		t.Errorf("%v, want exit code 7 and at the end\n%s\nbut it said\n%s", err, want, output)
	}
	for _, part := range []string{"Signed in to ", "Container API set (kohler.org", `"legacy-executable": 24`} {
		if strings.Count(string(output), part) != 1 {
			t.Errorf("no %q in\n%s", part, output)
		}
	}
}
