// Package tokenstore keeps secrets of one user between runs of a program: in the operating system's keyring, else,
// where there is none or it does not answer, in a file that only this user can read.
package tokenstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"github.com/zalando/go-keyring"
)

// ErrNotFound says that no secret is kept under the name.
var ErrNotFound = errors.New("no secret is kept")

// Place is where a secret is.
type Place string

// The places, as people are told of them.
const (
	InKeyring Place = "keyring"
	InFile    Place = "file"
)

// Keyring is an operating system's keyring. Get and Delete of what is not there give [keyring.ErrNotFound].
type Keyring interface {
	Get(service, user string) (string, error)
	Set(service, user, secret string) error
	Delete(service, user string) error
}

// Store keeps secrets by name. It is safe for concurrent use, also by several processes.
type Store struct {
	// Service is what the keyring calls the program.
	Service string
	// Dir is the folder of the files, made when it is needed; "" where there is none, as without a home.
	Dir string
	// Notice is told in one sentence when a secret goes to a file, and why; nil to tell nobody.
	Notice func(string)
	// Keyring is used instead of the system's, if not nil.
	Keyring Keyring
	// Timeout is how long the keyring may take, 3 seconds if 0: one that is locked may ask for a password on a screen
	// that nobody sees.
	Timeout time.Duration

	silent atomic.Bool // the keyring did not answer, and is left alone
}

// Get returns a secret and where it is. The error is [ErrNotFound] if there is none, also when the keyring did not answer;
// then it says so.
func (s *Store) Get(name string) (string, Place, error) {
	// A file is there only if the keyring failed when it was written, and Set removes it: it is the newer one.
	secret, err := os.ReadFile(s.path(name, ".secret"))
	if err == nil && s.Dir != "" {
		return string(secret), InFile, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) && s.Dir != "" {
		return "", "", fmt.Errorf("tokenstore: %w", err)
	}
	var found string
	err = s.ask(func(k Keyring) (err error) { found, err = k.Get(s.Service, name); return err })
	switch {
	case err == nil:
		return found, InKeyring, nil
	case errors.Is(err, keyring.ErrNotFound), errors.Is(err, errNoKeyring):
		return "", "", ErrNotFound
	}
	return "", "", fmt.Errorf("%w: %w", ErrNotFound, err)
}

// Set keeps a secret, and returns where.
func (s *Store) Set(name, secret string) (Place, error) {
	err := s.ask(func(k Keyring) error { return k.Set(s.Service, name, secret) })
	if err == nil {
		if s.Dir != "" {
			err = ignore(os.Remove(s.path(name, ".secret")), fs.ErrNotExist)
		}
		return InKeyring, err
	}
	if s.Dir == "" {
		return "", fmt.Errorf("tokenstore: %w, and there is no folder for a file", err)
	}
	path := s.path(name, ".secret")
	known, _ := os.Stat(path)
	if err := writeFile(path, secret); err != nil {
		return "", fmt.Errorf("tokenstore: %w", err)
	}
	if known == nil && s.Notice != nil {
		s.Notice(fmt.Sprintf("The sign-in is kept in the file %s, readable by you only: %v.", path, err))
	}
	return InFile, nil
}

// Delete forgets a secret wherever it is. There need not be one.
func (s *Store) Delete(name string) error {
	var err error
	if s.Dir != "" {
		err = ignore(os.Remove(s.path(name, ".secret")), fs.ErrNotExist)
	}
	asked := s.ask(func(k Keyring) error { return k.Delete(s.Service, name) })
	return errors.Join(err, ignore(ignore(asked, keyring.ErrNotFound), errNoKeyring))
}

// Lock waits until no other process and no other goroutine holds the lock of a name, and takes it.
// It ends with the process. Without a folder there is nothing to lock with: then it succeeds at once.
func (s *Store) Lock(ctx context.Context, name string) (unlock func(), err error) {
	if s.Dir == "" {
		return func() {}, nil
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("tokenstore: %w", err)
	}
	lock := flock.New(s.path(name, ".lock"), flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, 25*time.Millisecond); err != nil {
		return nil, fmt.Errorf("tokenstore: lock: %w", err)
	}
	return func() { _ = lock.Unlock() }, nil
}

// path is a file of a name. Names may be anything, so a hash stands for them.
func (s *Store) path(name, kind string) string {
	sum := sha256.Sum256([]byte(name))
	return filepath.Join(s.Dir, hex.EncodeToString(sum[:12])+kind)
}

// writeFile replaces a file whole; it is readable by this user only, whatever the one before was.
func writeFile(path, secret string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600
	if err != nil {
		return err
	}
	_, err = file.WriteString(secret)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

func ignore(err, known error) error {
	if errors.Is(err, known) {
		return nil
	}
	return err
}

var (
	errNoKeyring = errors.New("there is no keyring")
	errSilent    = errors.New("the keyring does not answer")
)

// ask runs one question to the keyring, and gives up on it in time. A question that is given up on may still be answered:
// its result is dropped.
func (s *Store) ask(question func(Keyring) error) error {
	if s.silent.Load() {
		return errSilent
	}
	ring := s.Keyring
	if ring == nil {
		if !hasKeyring() {
			return errNoKeyring
		}
		ring = system{}
	}
	timeout := s.Timeout
	if timeout == 0 {
		timeout = 3 * time.Second
	}
	answer := make(chan error, 1)
	go func() { answer <- question(ring) }()
	select {
	case err := <-answer:
		return err
	case <-time.After(timeout):
		s.silent.Store(true)
		return errSilent
	}
}

// hasKeyring reports whether asking has a point: on Linux and the BSDs the keyring is behind the session bus, which would
// be started on the way if it is not there.
func hasKeyring() bool {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" || os.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return true
	}
	bus, err := os.Stat(filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus"))
	return err == nil && os.Getenv("XDG_RUNTIME_DIR") != "" && bus.Mode()&fs.ModeSocket != 0
}

// system is the keyring of the operating system.
type system struct{}

func (system) Get(service, user string) (string, error) { return keyring.Get(service, user) }
func (system) Set(service, user, secret string) error   { return keyring.Set(service, user, secret) }
func (system) Delete(service, user string) error        { return keyring.Delete(service, user) }
