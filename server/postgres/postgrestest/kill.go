package postgrestest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Kill ends the server and all its processes with SIGKILL, as the loss of its machine would, and returns when they
// are gone.
func (s *Server) Kill() {
	if s.done == nil {
		return
	}
	children := s.children()
	_ = s.cmd.Process.Kill()
	for _, pid := range children {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	<-s.done
}

// Freeze stops the server and all its processes where they are, so that connections stay open and nobody
// answers, or lets them go on.
func (s *Server) Freeze(stop bool) {
	sig := syscall.SIGCONT
	if stop {
		sig = syscall.SIGSTOP
	}
	_ = s.cmd.Process.Signal(sig)
	for _, pid := range s.children() {
		_ = syscall.Kill(pid, sig)
	}
}

// children returns the processes that the server has started.
func (s *Server) children() []int {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	var all []int
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// pid (name) state ppid …
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if len(fields) > 1 && fields[1] == strconv.Itoa(s.cmd.Process.Pid) {
			all = append(all, pid)
		}
	}
	return all
}
