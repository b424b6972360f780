package tokenstore_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"github.com/productsupcom/cde/client/tokenstore"
)

// ring is a keyring in memory. An error that is set is the answer to everything; one that is stuck never answers.
type ring struct {
	mu    sync.Mutex
	items map[string]string
	err   error
	stuck chan struct{} // nil, or closed at the end of the test
	asked int
}

func (r *ring) enter() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	if r.stuck != nil {
		r.mu.Unlock()
		<-r.stuck
		r.mu.Lock()
	}
	return r.err
}

func (r *ring) Get(service, user string) (string, error) {
	if err := r.enter(); err != nil {
		return "", err
	}
	if item, ok := r.items[service+" "+user]; ok {
		return item, nil
	}
	return "", keyring.ErrNotFound
}

func (r *ring) Set(service, user, secret string) error {
	if err := r.enter(); err != nil {
		return err
	}
	if r.items == nil {
		r.items = map[string]string{}
	}
	r.items[service+" "+user] = secret
	return nil
}

func (r *ring) Delete(service, user string) error {
	if err := r.enter(); err != nil {
		return err
	}
	delete(r.items, service+" "+user)
	return nil
}

// open returns a store in an empty folder and what it told.
func open(t *testing.T, ring tokenstore.Keyring) (*tokenstore.Store, *bytes.Buffer) {
	t.Helper()
	var told bytes.Buffer
	return &tokenstore.Store{
		Service: "cde", Dir: filepath.Join(t.TempDir(), "sign-ins"), Keyring: ring,
		Timeout: time.Hour, // the machine may be slow, the ring is not
		Notice:  func(text string) { told.WriteString(text + "\n") },
	}, &told
}

func set(t *testing.T, s *tokenstore.Store, secret string, want tokenstore.Place) {
	t.Helper()
	if place, err := s.Set("api", secret); err != nil || place != want {
		t.Fatalf("Set: %q, %v, want %q", place, err, want)
	}
}

func get(t *testing.T, s *tokenstore.Store, want string, wantPlace tokenstore.Place) {
	t.Helper()
	if got, place, err := s.Get("api"); err != nil || got != want || place != wantPlace {
		t.Fatalf("Get: %q in %q, %v; want %q in %q", got, place, err, want, wantPlace)
	}
}

func TestKeyring(t *testing.T) {
	s, told := open(t, new(ring))
	if _, _, err := s.Get("api"); !errors.Is(err, tokenstore.ErrNotFound) {
		t.Fatalf("Get of nothing: %v", err)
	}
	set(t, s, "one", tokenstore.InKeyring)
	set(t, s, "two", tokenstore.InKeyring)
	get(t, s, "two", tokenstore.InKeyring)
	if _, err := os.Stat(s.Dir); !os.IsNotExist(err) {
		t.Errorf("a folder was made: %v", err)
	}
	if err := errors.Join(s.Delete("api"), s.Delete("api")); err != nil {
		t.Error(err)
	}
	if _, _, err := s.Get("api"); !errors.Is(err, tokenstore.ErrNotFound) || told.Len() > 0 {
		t.Errorf("Get after Delete: %v; told %q", err, told)
	}
}

func TestFileWhereTheKeyringFails(t *testing.T) {
	stuck := make(chan struct{})
	defer close(stuck)
	rows := map[string]struct {
		ring *ring
		why  string
	}{
		"an error":     {&ring{err: errors.New("locked")}, "locked"},
		"too big":      {&ring{err: keyring.ErrSetDataTooBig}, "too big"},
		"no answer":    {&ring{stuck: stuck}, "does not answer"},
		"not for this": {&ring{err: keyring.ErrUnsupportedPlatform}, "unsupported"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			s, told := open(t, row.ring)
			if row.ring.stuck != nil {
				s.Timeout = time.Millisecond
			}
			set(t, s, "one", tokenstore.InFile)
			set(t, s, "two", tokenstore.InFile)
			get(t, s, "two", tokenstore.InFile)
			if got := told.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, s.Dir) || !strings.Contains(got, row.why) {
				t.Errorf("told %q, want one line with the file and %q", got, row.why)
			}
			files, err := filepath.Glob(s.Dir + "/*")
			if err != nil || len(files) != 1 {
				t.Fatalf("files %q, %v", files, err)
			}
			if runtime.GOOS != "windows" {
				private(t, files[0], 0o600)
				private(t, s.Dir, 0o700)
			}
		})
	}
}

func private(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != want {
		t.Errorf("%s: mode %o, want %o", path, got, want)
	}
}

func TestSilentKeyringIsAskedOnce(t *testing.T) {
	stuck := make(chan struct{})
	defer close(stuck)
	ring := &ring{stuck: stuck}
	s, _ := open(t, ring)
	s.Timeout = time.Millisecond
	_, _, err := s.Get("api")
	if !errors.Is(err, tokenstore.ErrNotFound) || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("Get: %v", err)
	}
	set(t, s, "one", tokenstore.InFile)
	get(t, s, "one", tokenstore.InFile)
	ring.mu.Lock()
	defer ring.mu.Unlock()
	if ring.asked != 1 {
		t.Errorf("asked %d times", ring.asked)
	}
}

// TestNewerOneWins has the keyring fail and come back: what is kept last is what is found.
func TestNewerOneWins(t *testing.T) {
	ring := new(ring)
	s, _ := open(t, ring)
	set(t, s, "one", tokenstore.InKeyring)
	ring.err = errors.New("locked")
	set(t, s, "two", tokenstore.InFile)
	ring.err = nil
	get(t, s, "two", tokenstore.InFile)
	set(t, s, "three", tokenstore.InKeyring)
	get(t, s, "three", tokenstore.InKeyring)
	ring.err = errors.New("locked")
	if err := s.Delete("api"); err == nil {
		t.Error("Delete did not tell that the keyring kept it")
	}
}

func TestOpenedFileIsClosed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no modes")
	}
	s, told := open(t, &ring{err: errors.New("locked")})
	set(t, s, "one", tokenstore.InFile)
	files, _ := filepath.Glob(s.Dir + "/*.secret")
	if err := os.Chmod(files[0], 0o644); err != nil {
		t.Fatal(err)
	}
	told.Reset()
	get(t, s, "one", tokenstore.InFile)
	private(t, files[0], 0o600)
	if !strings.Contains(told.String(), "could be read by others") {
		t.Errorf("told %q", told)
	}
}

func TestWithoutFolder(t *testing.T) {
	s := &tokenstore.Store{Service: "cde", Keyring: &ring{err: errors.New("locked")}}
	if _, err := s.Set("api", "one"); err == nil || !strings.Contains(err.Error(), "no folder") || strings.Contains(err.Error(), "one") {
		t.Errorf("Set: %v", err)
	}
	if _, _, err := s.Get("api"); !errors.Is(err, tokenstore.ErrNotFound) {
		t.Errorf("Get: %v", err)
	}
	unlock, err := s.Lock(t.Context(), "api")
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

// TestLockHoldsOffOtherProcesses has processes that count in a file, each by reading and writing it.
func TestLockHoldsOffOtherProcesses(t *testing.T) {
	if os.Getenv("TOKENSTORE_COUNT") != "" {
		count(t, os.Getenv("TOKENSTORE_COUNT"))
		return
	}
	const processes = 4
	dir := t.TempDir()
	var all sync.WaitGroup
	for range processes {
		all.Go(func() {
			command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
			command.Env = append(os.Environ(), "TOKENSTORE_COUNT="+dir)
			if out, err := command.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	all.Wait()
	got, err := os.ReadFile(filepath.Join(dir, "count"))
	if want := strings.Repeat("x", processes*rounds); err != nil || string(got) != want {
		t.Errorf("%d counted, %v, want %d", len(got), err, len(want))
	}
}

// rounds is how often each process counts.
const rounds = 25

func count(t *testing.T, dir string) {
	s := &tokenstore.Store{Dir: dir}
	for range rounds {
		unlock, err := s.Lock(t.Context(), "api")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "count")
		before, _ := os.ReadFile(path)
		if err := os.WriteFile(path, append(before, 'x'), 0o600); err != nil {
			t.Fatal(err)
		}
		unlock()
	}
}

func TestLockEndsWithTheContext(t *testing.T) {
	s, _ := open(t, new(ring))
	unlock, err := s.Lock(t.Context(), "api")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Lock(ctx, "api"); !errors.Is(err, context.Canceled) {
		t.Errorf("second Lock: %v", err)
	}
	if other, err := s.Lock(t.Context(), "another api"); err != nil {
		t.Errorf("lock of another name: %v", err)
	} else {
		other()
	}
	unlock()
}
