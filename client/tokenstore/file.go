package tokenstore

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

var errNoFolder = errors.New("there is no folder for a file")

// path is a file of a name. Names may be anything, so a hash stands for them.
func (s *Store) path(name, kind string) string {
	sum := sha256.Sum256([]byte(name))
	return filepath.Join(s.Dir, hex.EncodeToString(sum[:12])+kind)
}

// readFile gives the secret in the file of a name, [fs.ErrNotExist] if there is none. A file that somebody has opened to
// others is closed to them again.
func (s *Store) readFile(name string) (string, error) {
	if s.Dir == "" {
		return "", fs.ErrNotExist
	}
	path := s.path(name, ".secret")
	secret, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(path); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		if s.Notice != nil {
			s.Notice("The file " + path + " could be read by others; now it cannot.")
		}
		if err := os.Chmod(path, 0o600); err != nil {
			return "", err
		}
	}
	return string(secret), nil
}

// writeFile replaces the file of a name whole; first says that there was none. Only this user can read it, whatever the
// one before was.
func (s *Store) writeFile(name, secret string) (first bool, err error) {
	if s.Dir == "" {
		return false, errNoFolder
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return false, err
	}
	file, err := os.CreateTemp(s.Dir, ".new-*") // 0600
	if err != nil {
		return false, err
	}
	path := s.path(name, ".secret")
	_, err = os.Stat(path)
	first = errors.Is(err, fs.ErrNotExist)
	_, err = file.WriteString(secret)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return first, err
}

// removeFile removes the file of a name, if there is one.
func (s *Store) removeFile(name string) error {
	if s.Dir == "" {
		return nil
	}
	return ignore(os.Remove(s.path(name, ".secret")), fs.ErrNotExist)
}
