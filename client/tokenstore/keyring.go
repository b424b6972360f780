package tokenstore

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/zalando/go-keyring"
)

// Keyring is an operating system's keyring. Get and Delete of what is not there give [keyring.ErrNotFound].
type Keyring interface {
	Get(service, user string) (string, error)
	Set(service, user, secret string) error
	Delete(service, user string) error
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
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return true
	}
	addresses := os.Getenv("DBUS_SESSION_BUS_ADDRESS")
	if folder := os.Getenv("XDG_RUNTIME_DIR"); addresses == "" && folder != "" {
		addresses = "unix:path=" + filepath.Join(folder, "bus")
	}
	return slices.ContainsFunc(strings.Split(addresses, ";"), leadsToBus)
}

// leadsToBus reports whether a bus may be behind an address of the D-Bus specification ("Server Addresses"): one that
// names no transport, or a socket that is not there, leads nowhere.
func leadsToBus(address string) bool {
	transport, options, found := strings.Cut(address, ":")
	if transport != "unix" {
		return found && transport != ""
	}
	for option := range strings.SplitSeq(options, ",") {
		if path, named := strings.CutPrefix(option, "path="); named {
			path, _ = url.PathUnescape(path)
			socket, err := os.Stat(path)
			return err == nil && socket.Mode()&fs.ModeSocket != 0
		}
	}
	return true
}

// system is the keyring of the operating system.
type system struct{}

func (system) Get(service, user string) (string, error) { return keyring.Get(service, user) }
func (system) Set(service, user, secret string) error   { return keyring.Set(service, user, secret) }
func (system) Delete(service, user string) error        { return keyring.Delete(service, user) }
