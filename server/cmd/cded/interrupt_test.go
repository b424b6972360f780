package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/productsupcom/cde/server/connector/storetest"
	"github.com/productsupcom/cde/server/postgres/postgrestest"
)

// importing is an import in a process of its own, whose source the test holds.
type importing struct {
	command *exec.Cmd
	source  io.WriteCloser
	talk    *safeBuffer
	done    chan struct{}
}

func startImport(t *testing.T, db string) *importing {
	t.Helper()
	i := &importing{command: exec.Command(os.Args[0], "connectors", "import", "-", "--db", db), talk: &safeBuffer{}, done: make(chan struct{})}
	i.command.Env = append(os.Environ(), asCommand+"=1")
	i.command.Stderr = i.talk
	var err error
	if i.source, err = i.command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := i.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = i.command.Wait(); close(i.done) }()
	t.Cleanup(func() { _ = i.command.Process.Kill(); <-i.done })
	return i
}

// nothing is white space, more than the pipe holds: when it is sent, the import is reading.
var nothing = strings.Repeat("\n", 1<<20)

func (i *importing) send(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(i.source, text); err != nil {
		t.Fatalf("%v: %s", err, i.talk)
	}
}

// end waits for the import to end by itself and returns its exit code.
func (i *importing) end(t *testing.T) int {
	t.Helper()
	select {
	case <-i.done:
	case <-time.After(30 * time.Second):
		t.Fatalf("it does not end: %s", i.talk)
	}
	return i.command.ProcessState.ExitCode()
}

// TestInterruptedImport leaves the database as it was, however silent its source is.
func TestInterruptedImport(t *testing.T) {
	const many = 1000 // more than the pipe holds, so that some have been taken in
	for _, row := range []struct {
		name    string
		signal  syscall.Signal
		records int
		behind  string
	}{
		{"before a record", syscall.SIGINT, 0, nothing},
		{"terminated before a record", syscall.SIGTERM, 0, nothing},
		{"between records", syscall.SIGINT, many, "\n"},
		{"within a record", syscall.SIGTERM, many, `{"public-id":`},
	} {
		for kind, database := range map[string]func(*testing.T) string{
			"sqlite": database, "postgres": func(t *testing.T) string { return postgrestest.Address(t) },
		} {
			t.Run(row.name+" "+kind, func(t *testing.T) {
				t.Parallel()
				db := database(t)
				kept := string(storetest.Record(1, 1).AppendJSON(nil)) + "\n"
				if _, talk, code := cded(t, kept, nil, "connectors", "import", "-", "--db", db); code != 0 {
					t.Fatal(talk)
				}
				i := startImport(t, db)
				for n := range row.records {
					i.send(t, string(storetest.Record(n+1, 1).AppendJSON(nil))+"\n")
				}
				i.send(t, row.behind)
				if err := i.command.Process.Signal(row.signal); err != nil {
					t.Fatal(err)
				}
				if code := i.end(t); code != 130 || !strings.Contains(i.talk.String(), "nothing was imported") {
					t.Errorf("exit %d: %s", code, i.talk)
				}
				if out, talk, code := cded(t, "", nil, "connectors", "export", "--db", db); code != 0 || out != kept {
					t.Errorf("exit %d, %s; there are %d records, not the one before", code, talk, strings.Count(out, "\n"))
				}
			})
		}
	}
}

// TestSilentImportKeepsNobodyWaiting: the database is locked when there is something to write.
func TestSilentImportKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	db := database(t)
	i := startImport(t, db)
	i.send(t, nothing)
	for n := range 3 {
		if _, talk, code := cded(t, string(storetest.Record(n+1, 1).AppendJSON(nil)), nil, "connectors", "import", "-", "--db", db); code != 0 {
			t.Fatal(talk)
		}
	}
	i.send(t, string(storetest.Record(4, 1).AppendJSON(nil)))
	_ = i.source.Close()
	if code := i.end(t); code != 0 || !strings.Contains(i.talk.String(), "imported 1 connectors") {
		t.Errorf("exit %d: %s", code, i.talk)
	}
	if out, _, _ := cded(t, "", nil, "connectors", "export", "--db", db); strings.Count(out, "\n") != 4 {
		t.Errorf("there are %d records, want 4", strings.Count(out, "\n"))
	}
}

// TestInterruptedBeforeTheSourceOpens: a FIFO that nobody writes to does not even open.
func TestInterruptedBeforeTheSourceOpens(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := exec.Command("mkfifo", fifo).Run(); err != nil {
		t.Skip("needs mkfifo: ", err)
	}
	t.Cleanup(func() { // let the open end
		if file, err := os.OpenFile(fifo, os.O_RDWR, 0); err == nil {
			_ = file.Close()
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer time.AfterFunc(50*time.Millisecond, cancel).Stop()
	var talk safeBuffer
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"connectors", "import", fifo, "--db", database(t)}, os.Getenv, strings.NewReader(""), io.Discard, &talk)
	}()
	select {
	case err := <-ended:
		if code := exitCode(err); code != 130 {
			t.Errorf("exit %d: %s", code, &talk)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("it does not end")
	}
}

// TestSecondSignalKills a server that waits for the last answers: the first one lets them come, the second does not.
func TestSecondSignalKills(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir(), "serve", "--dev", "--addr", "127.0.0.1:0")
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	request, err := http.NewRequest(http.MethodPut, containerAPI(p), strings.NewReader(goodBody))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+p.token(t, "owner"))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Expect", "100-continue")
	var head strings.Builder
	if err := request.Write(&head); err != nil {
		t.Fatal(err)
	}
	// The head, whose body never comes; the server asks for it once it has read the head.
	if _, err := io.WriteString(conn, strings.TrimSuffix(head.String(), goodBody)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, make([]byte, len("HTTP/1.1 100 Continue"))); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); { // before the server gives the body up, after 15 s
		if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
			break
		}
		select {
		case <-p.done:
		case <-time.After(50 * time.Millisecond):
			continue
		}
		break
	}
	select {
	case <-p.done:
	default:
		t.Fatal("it is not killed")
	}
	if code := p.command.ProcessState.ExitCode(); code != -1 {
		t.Errorf("exit %d, want it killed by the signal: %s", code, p.log)
	}
}
