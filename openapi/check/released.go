package check

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// Release is a contract that was released and no longer changes.
type Release struct {
	Version  string // three numbers
	Contract []byte
}

// Releases returns the contracts under openapi/released/ of the module in root, oldest first. A file whose name is not
// the version that it says is an error.
func Releases(root string) ([]Release, error) {
	dir := filepath.Join(root, filepath.FromSlash(releasedDir))
	paths, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	var releases []Release
	for _, path := range paths {
		contract, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		d, finding := parse("released", releasedDir+"/"+filepath.Base(path), contract)
		if finding != nil {
			return nil, errors.New(finding.String())
		}
		if d.version() != strings.TrimSuffix(filepath.Base(path), ".yaml") || !number(d.version()) {
			return nil, fmt.Errorf("%s says that it is version %s; a released contract is not edited", path, d.version())
		}
		releases = append(releases, Release{d.version(), contract})
	}
	slices.SortFunc(releases, func(a, b Release) int { return semver.Compare("v"+a.Version, "v"+b.Version) })
	return releases, nil
}

// Freeze writes the contract of the module in root to openapi/released/ under its version, with the changelog of all
// releases, and returns the version. It refuses a contract that a check refuses, and to change what was released.
func Freeze(root string) (string, error) {
	change, err := ReadChange(root)
	if err != nil {
		return "", err
	}
	for _, report := range All(change) {
		if len(report.Findings) > 0 {
			return "", errors.New(report.String())
		}
	}
	d, finding := parse("released", contractFile, change.Contract)
	if finding != nil {
		return "", errors.New(finding.String())
	}
	path := filepath.Join(root, filepath.FromSlash(releasedFile(d.version())))
	if frozen, err := os.ReadFile(path); err == nil && !bytes.Equal(frozen, change.Contract) {
		return "", fmt.Errorf("%s was released already and is another; comments differ too: a released contract is not edited", d.version())
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	if err := os.WriteFile(path, change.Contract, 0o644); err != nil {
		return "", err
	}
	return d.version(), WriteChangelog(root)
}

// ReadChange reads the contract of the module in root and what it is measured by. Before the first release the contract
// is measured by itself.
func ReadChange(root string) (Change, error) {
	contract, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(contractFile)))
	if err != nil {
		return Change{}, err
	}
	overlay, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(overlayFile)))
	if err != nil {
		return Change{}, err
	}
	releases, err := Releases(root)
	if err != nil {
		return Change{}, err
	}
	change := Change{Contract: contract, Overlay: overlay, Released: contract}
	if len(releases) > 0 {
		change.Released = releases[len(releases)-1].Contract
	}
	return change, nil
}
