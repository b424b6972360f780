package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Backup writes a consistent copy of the database, as of one moment and flushed to the disk, to a new file, while
// changes go on. The copy is a database that [Open] opens. A file that exists is not touched, it is
// [fs.ErrExist]; an interrupted backup leaves no file.
func (s *Store) Backup(ctx context.Context, file string) error {
	if err := s.open.enter(); err != nil {
		return err
	}
	defer s.open.leave()
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("sqlite: backup: %w", &fs.PathError{Op: "create", Path: file, Err: fs.ErrExist})
	}
	dir, err := os.MkdirTemp(filepath.Dir(file), ".cde-backup-*")
	if err != nil {
		return fmt.Errorf("sqlite: backup: %w", err)
	}
	copied := filepath.Join(dir, "copy.db")
	if _, err = s.write.ExecContext(ctx, "VACUUM INTO ?", copied); err == nil {
		err = publish(copied, file)
	}
	if err = errors.Join(failure(err), os.RemoveAll(dir)); err != nil {
		return fmt.Errorf("sqlite: backup: %w", err)
	}
	return nil
}

// publish flushes the file and gives it its name, unless there is such a file by now.
func publish(from, to string) error {
	if err := os.Chmod(from, 0o600); err != nil {
		return err
	}
	if err := flush(from); err != nil {
		return err
	}
	if err := os.Link(from, to); err != nil {
		return err
	}
	return flush(filepath.Dir(to))
}

func flush(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
