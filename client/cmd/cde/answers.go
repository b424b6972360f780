package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// answers are the last known answers of one API, kept for this user: what a change is compared with, and the ids that
// the shell completes. Losing them harms nothing.
type answers struct{ dir string }

// answers of the API that is in use. Two addresses never share a folder.
func (a *app) answers() answers {
	if a.config.dirs.cache == "" {
		return answers{}
	}
	sum := sha256.Sum256([]byte(a.config.key()))
	return answers{filepath.Join(a.config.dirs.cache, "answers", hex.EncodeToString(sum[:8]))}
}

// path of a version's answer; "" if it cannot have one.
func (k answers) path(publicID, version string) string {
	name := strings.ToLower(publicID) + "@" + version + ".json"
	if k.dir == "" || name != filepath.Base(name) {
		return ""
	}
	return filepath.Join(k.dir, name)
}

func (k answers) load(publicID, version string) json.RawMessage {
	path := k.path(publicID, version)
	if path == "" {
		return nil
	}
	document, err := os.ReadFile(path)
	if err != nil || !json.Valid(document) {
		return nil
	}
	return document
}

// save replaces the file whole, so that a reader never sees half of it.
func (k answers) save(publicID, version string, answer json.RawMessage) error {
	path := k.path(publicID, version)
	if path == "" {
		return errors.New("no folder for it")
	}
	if err := os.MkdirAll(k.dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(k.dir, ".new-*") // readable by this user only
	if err != nil {
		return err
	}
	_, err = file.Write(answer)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// forget removes all of them.
func (k answers) forget() error {
	if k.dir == "" {
		return nil
	}
	return os.RemoveAll(k.dir)
}

// completeTarget offers ids of connectors that were seen before, and the words that name a version.
func (a *app) completeTarget(command *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	const noFiles = cobra.ShellCompDirectiveNoFileComp
	if len(args) > 1 {
		return nil, noFiles
	}
	if err := a.prepare(command, args); err != nil {
		return nil, noFiles
	}
	var ids, versions []string
	files, _ := os.ReadDir(a.answers().dir)
	for _, file := range files {
		id, rest, ok := strings.Cut(file.Name(), "@")
		if !ok {
			continue
		}
		major, _, _ := strings.Cut(rest, ".")
		if len(ids) == 0 || ids[len(ids)-1] != id {
			ids = append(ids, id)
		}
		if len(args) == 1 && strings.EqualFold(args[0], id) {
			versions = append(versions, major)
		}
	}
	if len(args) == 0 {
		return ids, noFiles
	}
	return append(versions, "latest\tthe highest version", "main\tthe released version"), noFiles
}
