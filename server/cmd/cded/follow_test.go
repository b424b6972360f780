package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/productsupcom/cde/server/connector/storetest"
)

// TestFollow prints what was and then what comes, each change once and in order, until it is interrupted.
func TestFollow(t *testing.T) {
	onEach(t, func(t *testing.T, db string) {
		r := storetest.Record(1, 1)
		store, err := openStore(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		storetest.Import(t, store, r)
		do, changes := storetest.Through(t, store), 0
		change := func() {
			t.Helper()
			changes++
			name := fmt.Sprint("change-", changes)
			err := do(t.Context(), storetest.Attempt{PublicID: r.PublicID, Number: 1, RequestID: name, Constraint: fmt.Sprint("2.0.", changes)})
			if err != nil {
				t.Fatal(err)
			}
		}
		change()
		change()
		f := follow(t, "connectors", "history", r.PublicID.String(), "latest", "--follow", "-o", "json", "--db", db)
		f.want(t, "change-1", "change-2")
		for range 3 {
			change()
			f.want(t, fmt.Sprint("change-", changes))
		}
		change()
		change()
		f.want(t, "change-6", "change-7")
		if err := f.command.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		f.end(t)
	})
}

// follower is a cded that prints events.
type follower struct {
	command *exec.Cmd
	lines   chan string // closed at the end of its output
	talk    safeBuffer
}

func follow(t *testing.T, args ...string) *follower {
	t.Helper()
	f := &follower{command: exec.Command(os.Args[0], args...), lines: make(chan string, 100)}
	f.command.Env = append(os.Environ(), asCommand+"=1")
	f.command.Stderr = &f.talk
	out, err := f.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(f.lines)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			f.lines <- lines.Text()
		}
	}()
	t.Cleanup(func() { _ = f.command.Process.Kill() })
	return f
}

// want reads one event for each of the request ids.
func (f *follower) want(t *testing.T, ids ...string) {
	t.Helper()
	for _, id := range ids {
		select {
		case line := <-f.lines:
			var event printedEvent
			if err := json.Unmarshal([]byte(line), &event); err != nil || event.RequestID != id || len(event.Changes) == 0 {
				t.Fatalf("%q, %v; want the event of %s: %s", line, err, id, &f.talk)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("the event of %s does not come: %s", id, &f.talk)
		}
	}
}

// end fails the test unless the follower ends well, without another line.
func (f *follower) end(t *testing.T) {
	t.Helper()
	select {
	case line, more := <-f.lines:
		if more {
			t.Errorf("one line more: %s", line)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("it does not end")
	}
	if err := f.command.Wait(); err != nil {
		t.Errorf("it ended with %v: %s", err, &f.talk)
	}
}
