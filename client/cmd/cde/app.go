package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// app is one run of the command: what it reads and writes, and what was asked for.
type app struct {
	getenv  func(string) string
	stdin   io.Reader
	stdout  io.Writer // data
	stderr  io.Writer // talk
	flags   flags
	config  config // flags, environment, file and profile, put together
	running string // the command, once the command line was understood
}

// run does what args ask for and tells on stderr what went wrong; exitCode says what its error means to a script.
// The files of its settings are those of the environment, see userDirs.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) error {
	a := &app{getenv: getenv, stdin: stdin, stdout: stdout, stderr: stderr}
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return nil
	}
	if a.running == "" {
		err = usageError{command: command.CommandPath(), err: err}
	}
	a.report(err)
	return err
}

// tell writes a line for the person at the terminal.
func (a *app) tell(format string, args ...any) {
	fmt.Fprintln(a.stderr, printable(fmt.Sprintf(format, args...)))
}

// terminal reports whether w is a terminal that can do more than print lines.
func (a *app) terminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd())) && a.getenv("TERM") != "dumb"
}

// color wraps text in an SGR code on terminals, unless NO_COLOR (no-color.org) is set.
func (a *app) color(code, text string) string {
	if a.getenv("NO_COLOR") != "" || !a.terminal(a.stderr) {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// The colours that are used, each for one meaning.
const (
	red   = "31" // errors, what was
	green = "32" // what is
	faint = "2"  // hints
)

// printable makes text from elsewhere safe for a terminal: no control characters but new lines and tabs.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
			return '�'
		}
		return r
	}, text)
}
