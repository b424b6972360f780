package main

import (
	"errors"
	"io"
	"os/exec"
	"runtime"
	"strings"
)

// hasDisplay reports whether a browser that is opened here can be seen by the person.
func (a *app) hasDisplay() bool {
	switch {
	case a.getenv("BROWSER") != "":
		return true
	case a.getenv("SSH_CONNECTION") != "" || a.getenv("SSH_TTY") != "":
		return false
	case runtime.GOOS == "windows" || runtime.GOOS == "darwin":
		return true
	}
	return a.getenv("DISPLAY") != "" || a.getenv("WAYLAND_DISPLAY") != ""
}

// openBrowser starts the person's browser and does not wait for it.
func (a *app) openBrowser(address string) error {
	command := strings.Fields(a.getenv("BROWSER"))
	if len(command) == 0 {
		switch runtime.GOOS {
		case "windows":
			command = []string{"rundll32", "url.dll,FileProtocolHandler"}
		case "darwin":
			command = []string{"open"}
		default:
			command = []string{"xdg-open"}
		}
	}
	browser := exec.Command(command[0], append(command[1:], address)...) //nolint:gosec,noctx // the person's own choice, without a shell; it outlives the command
	if err := browser.Start(); err != nil {
		return errors.New(command[0] + " cannot be started")
	}
	go func() { _ = browser.Wait() }()
	return nil
}

// onceWritten calls then after the first write.
type onceWritten struct {
	w    io.Writer
	then func()
}

// Write writes to w.
func (o onceWritten) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	o.then()
	return n, err
}
