package nodetest

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"testing"
	"time"
)

const stopLimit = 10 * time.Second

// Start runs a program in dir that goes on while the test does, and returns the first line that it writes to its
// standard output. When the test ends the program's standard input is closed, at which it is to end. What it wrote to standard
// error is shown if the test failed.
func Start(t testing.TB, dir string, environment []string, name string, args ...string) string {
	t.Helper()
	command := exec.Command(name, args...)
	command.Dir, command.WaitDelay = dir, time.Second
	command.Env = append(os.Environ(), environment...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		limit := time.AfterFunc(stopLimit, func() { _ = command.Process.Kill() })
		defer limit.Stop()
		if err := command.Wait(); err != nil || t.Failed() {
			t.Logf("%s %q ended: %v\n%s", name, args, err, stderr.Bytes())
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("%s %q: first line: %v", name, args, err)
	}
	return line
}
