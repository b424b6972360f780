// Package nodetest runs Node programs in tests, with the npm packages that a folder's package-lock.json pins.
//
// A test that needs it is skipped, saying so, where Node or its packages cannot be had; with CI=true in the environment
// it fails instead, so that a build server cannot leave it out unnoticed.
package nodetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const installLimit = 5 * time.Minute

// Install brings node_modules in dir to what its package-lock.json says and returns dir as an absolute path. What is
// there already, from the same lock file, is kept as it is. Install scripts of packages do not run.
func Install(t testing.TB, dir string) string {
	t.Helper()
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("npm"); err != nil {
		Missing(t, "Node and npm are not installed")
	}
	lock, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(lock)
	want := []byte(hex.EncodeToString(sum[:]))
	stamp := filepath.Join(dir, "node_modules", ".installed")
	if have, err := os.ReadFile(stamp); err == nil && bytes.Equal(have, want) {
		return dir
	}
	install := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir, install.WaitDelay = dir, time.Second
	limit := time.AfterFunc(installLimit, func() { _ = install.Process.Kill() })
	defer limit.Stop()
	if output, err := install.CombinedOutput(); err != nil {
		Missing(t, "npm ci in "+dir+": "+err.Error()+"\n"+string(output))
	}
	if err := os.WriteFile(stamp, want, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Run runs a command in dir, with environment added to the test's own, until it ends or the test does. It returns what
// the command wrote to its standard output, and fails the test where it exits with anything but 0.
func Run(t testing.TB, dir string, environment []string, name string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Dir, command.WaitDelay = dir, time.Second
	command.Env = append(os.Environ(), environment...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s%s", name, args, err, output, stderr.Bytes())
	}
	return string(output)
}

// Reads tells Go's test cache of files that only the Node program opens: once one changes, the test runs again.
func Reads(t testing.TB, files ...string) {
	t.Helper()
	for _, file := range files {
		if _, err := os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
}

// Missing ends a test that lacks a tool: it is skipped with the reason, or with CI=true failed.
func Missing(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
