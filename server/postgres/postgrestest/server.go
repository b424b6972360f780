package postgrestest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Server is a PostgreSQL server on loopback that the test started.
type Server struct {
	Port int

	tools string // the directory of PostgreSQL's programs
	dir   string // holds data and log
	cmd   *exec.Cmd
	done  chan struct{} // closed when the server has ended
}

// NewServer starts a server with the given settings (name=value), durable as it comes, with an empty
// database cde that belongs to the user cde, who is no superuser. It ends with the test.
func NewServer(t testing.TB, settings ...string) *Server {
	t.Helper()
	s, err := newServer(settings...)
	if errors.Is(err, errNoPrograms) {
		leaveOut(t, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.end(t) })
	return s
}

func newServer(settings ...string) (*Server, error) {
	s, err := place()
	if err != nil {
		return nil, err
	}
	err = s.run("initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N", "--no-instructions")
	if err == nil {
		settings = append([]string{"listen_addresses='127.0.0.1'", "unix_socket_directories=''", "max_connections=60",
			"shared_buffers='64MB'", "lc_messages='C'", "log_min_messages=warning"}, settings...)
		err = s.configure(settings...)
	}
	if err == nil {
		err = s.Start()
	}
	if err == nil {
		err = execute(s.Admin("postgres"), "CREATE ROLE cde LOGIN", "CREATE DATABASE cde OWNER cde")
	}
	if err != nil {
		s.Stop()
		s.remove()
		return nil, err
	}
	return s, nil
}

// place makes the directory of a server, which belongs to the user it will run as.
func place() (*Server, error) {
	tools, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "cde-postgres-*")
	if err != nil {
		return nil, err
	}
	s := &Server{tools: tools, dir: dir}
	if who := credential(); who != nil {
		err = os.Chown(dir, int(who.Uid), int(who.Gid))
	}
	return s, err
}

var errNoPrograms = errors.New("no PostgreSQL programs on this machine")

// programs returns the directory of the newest PostgreSQL that Debian's packages have installed, or of the
// one in PATH.
func programs() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	slices.SortFunc(found, func(a, b string) int { return release(b) - release(a) })
	if len(found) > 0 {
		return filepath.Dir(found[0]), nil
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", errNoPrograms
}

func release(path string) int {
	n, _ := strconv.Atoi(strings.Split(path, "/")[4])
	return n
}

// credential is who a server runs as, because PostgreSQL refuses to run as root; nil for who runs the test.
func credential() *syscall.Credential {
	if os.Getuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, _ := strconv.Atoi(u.Uid)
			gid, _ := strconv.Atoi(u.Gid)
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// command prepares one of PostgreSQL's programs, which ends with this process.
func (s *Server) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(s.tools, name), args...) //nolint:gosec // PostgreSQL's own programs
	cmd.Dir = s.dir
	cmd.Env = []string{"LC_ALL=C", "PATH=/usr/bin:/bin", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential(), Setpgid: true}
	endWithParent(cmd.SysProcAttr)
	return cmd
}

func (s *Server) run(name string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if out, err := s.command(ctx, name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}

// configure appends settings to the server's configuration, for its next start.
func (s *Server) configure(settings ...string) error {
	f, err := os.OpenFile(filepath.Join(s.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(strings.Join(settings, "\n") + "\n")
	return errors.Join(err, f.Close())
}

// Start starts the server, the first time on a free port and then again on the same, and waits until it takes connections.
func (s *Server) Start() error {
	if s.Port == 0 {
		l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		s.Port = l.Addr().(*net.TCPAddr).Port
		l.Close()
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	s.cmd = s.command(context.Background(), "postgres", "-D", s.data(), "-p", strconv.Itoa(s.Port))
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	done := make(chan struct{})
	s.done = done
	go func() { _ = s.cmd.Wait(); close(done) }()
	return s.wait()
}

func (s *Server) wait() error {
	deadline := time.Now().Add(time.Minute)
	for {
		err := execute(s.Admin("postgres"), "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-s.done:
			return fmt.Errorf("postgres ended: %s", s.Log())
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("postgres does not answer: %w\n%s", err, s.Log())
		}
	}
}

// Log returns what the server has logged.
func (s *Server) Log() string {
	text, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	return string(bytes.TrimSpace(text))
}

// Directory makes a directory in dir that belongs to the server.
func (s *Server) Directory(t testing.TB, dir string) string {
	t.Helper()
	dir = filepath.Join(dir, "postgres")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if who := credential(); who != nil {
		if err := os.Chown(dir, int(who.Uid), int(who.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Address is where the database cde is, for its owner.
func (s *Server) Address() string {
	return fmt.Sprintf("postgres://cde@127.0.0.1:%d/cde?sslmode=disable", s.Port)
}

// Admin is where a database is, for the superuser.
func (s *Server) Admin(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", s.Port, database)
}

// Stop ends the server at once, as after an order to shut down.
func (s *Server) Stop() { s.signal(syscall.SIGINT) }

func (s *Server) signal(sig syscall.Signal) {
	if s.done == nil {
		return
	}
	_ = s.cmd.Process.Signal(sig)
	select {
	case <-s.done:
	case <-time.After(20 * time.Second):
		s.Kill()
	}
}

func (s *Server) end(t testing.TB) {
	s.signal(syscall.SIGQUIT)
	if t.Failed() {
		t.Logf("the server on port %d logged:\n%s", s.Port, s.Log())
	}
	s.remove()
}

func (s *Server) remove() {
	if err := os.RemoveAll(s.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(os.Stderr, err)
	}
}
