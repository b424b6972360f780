package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"github.com/productsupcom/cde/client/login"
)

// inProcess runs cde in this process and returns its exit code and what it printed.
func inProcess(t *testing.T, environment map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, talk bytes.Buffer
	err := run(t.Context(), args, func(name string) string { return environment[name] }, strings.NewReader(""), &out, &talk)
	return exitCode(err), out.String(), talk.String()
}

// TestKeyring signs in with a keyring in memory that stands for the system's, then has that fail.
func TestKeyring(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:abstract=there-is-a-session")
	keyring.MockInit()
	s := startSite(t)
	browser := filepath.Join(t.TempDir(), "browser")
	if err := os.WriteFile(browser, []byte("#!/bin/sh\ncd \"$(dirname \"$0\")\" && exec person owner \"$1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	environment := map[string]string{"CDE_BASE_URL": s.URL, "XDG_CONFIG_HOME": t.TempDir(), "XDG_CACHE_HOME": t.TempDir(), "BROWSER": browser}
	kept := func(want string) {
		t.Helper()
		code, stdout, stderr := inProcess(t, environment, "auth", "status", "--jq", `."kept-in"`)
		if code != 0 || stdout != want+"\n" {
			t.Errorf("auth status: %d %q %q, want %q", code, stdout, stderr, want)
		}
	}

	if code, _, stderr := inProcess(t, environment, "login"); code != 0 || strings.Contains(stderr, "file") {
		t.Fatalf("login: %d %s", code, stderr)
	}
	kept("keyring")
	if files, _ := filepath.Glob(environment["XDG_CONFIG_HOME"] + "/cde/sign-ins/*.secret"); len(files) > 0 {
		t.Errorf("files %q", files)
	}
	text, err := keyring.Get("cde", s.URL)
	if session, decode := login.DecodeSession(text); err != nil || decode != nil || session.RefreshToken == "" {
		t.Errorf("kept %v, %v, %v", session, err, decode)
	}

	keyring.MockInitWithError(errors.New("the keyring is locked"))
	if code, _, stderr := inProcess(t, environment, "login"); code != 0 || !strings.Contains(stderr, "is kept in the file") || !strings.Contains(stderr, "the keyring is locked") {
		t.Fatalf("login without the keyring: %d %s", code, stderr)
	}
	kept("file")
	if code, _, stderr := inProcess(t, environment, "logout"); code != 1 || !strings.Contains(stderr, "the keyring may still have it: the keyring is locked") {
		t.Errorf("logout: %d %s, want an error that says that the keyring kept something", code, stderr)
	}
	if code, _, stderr := inProcess(t, environment, "auth", "status"); code != 4 || !strings.Contains(stderr, "can be read: ") {
		t.Errorf("auth status after logout: %d %s", code, stderr)
	}
}
