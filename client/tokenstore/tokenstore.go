// Package tokenstore keeps secrets of one user between runs of a program: in the operating system's keyring, else,
// where there is none or it does not answer, in a file that only this user can read.
package tokenstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
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
	secret, err := s.readFile(name)
	if err == nil {
		return secret, InFile, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", "", fmt.Errorf("tokenstore: %w", err)
	}
	err = s.ask(func(k Keyring) (err error) { secret, err = k.Get(s.Service, name); return err })
	switch {
	case err == nil:
		return secret, InKeyring, nil
	case errors.Is(err, keyring.ErrNotFound), errors.Is(err, errNoKeyring):
		return "", "", ErrNotFound
	}
	return "", "", fmt.Errorf("%w: %w", ErrNotFound, err)
}

// Set keeps a secret, and returns where.
func (s *Store) Set(name, secret string) (Place, error) {
	refused := s.ask(func(k Keyring) error { return k.Set(s.Service, name, secret) })
	if refused == nil {
		return InKeyring, s.removeFile(name)
	}
	first, err := s.writeFile(name, secret)
	if err != nil {
		return "", fmt.Errorf("tokenstore: %w, and %w", refused, err)
	}
	if first && s.Notice != nil {
		s.Notice(fmt.Sprintf("The secret is kept in the file %s, which only you can read: %v.", s.path(name, ".secret"), refused))
	}
	return InFile, nil
}

// Delete forgets a secret wherever it is. There need not be one. A keyring that fails is an error even where the secret was
// in a file: it may have an older one, see [Store.Get].
func (s *Store) Delete(name string) error {
	kept := s.ask(func(k Keyring) error { return k.Delete(s.Service, name) })
	if kept = ignore(ignore(kept, keyring.ErrNotFound), errNoKeyring); kept != nil {
		kept = fmt.Errorf("the keyring may still have it: %w", kept)
	}
	return errors.Join(s.removeFile(name), kept)
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

func ignore(err, known error) error {
	if errors.Is(err, known) {
		return nil
	}
	return err
}
