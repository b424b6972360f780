package client

import (
	"fmt"
	"strconv"
)

// Version says which version of a connector is meant: [Latest], [Main] or [Major].
// It is a number, so that no value of it can lead to another path. The zero Version is refused.
type Version int

const (
	// Latest is the highest version that is not deleted.
	Latest Version = -1
	// Main is the version that is released as the connector's main one.
	Main Version = -2
)

// Major is the version n.0.0. Calls refuse n < 1 before anything is sent.
func Major(n int) Version {
	if n < 1 {
		return 0
	}
	return Version(n)
}

// ParseVersion reads "latest", "main" or a major version number without sign or leading zero, from 1 to the
// largest int.
func ParseVersion(s string) (Version, error) {
	switch s {
	case "latest":
		return Latest, nil
	case "main":
		return Main, nil
	}
	if n, err := strconv.Atoi(s); err == nil && n > 0 && strconv.Itoa(n) == s {
		return Version(n), nil
	}
	return 0, fmt.Errorf("%w: connectorVersion %.40q: want latest, main or a major version number like 1", ErrInvalidRequest, s)
}

// String returns the version as paths have it, "invalid" for one that calls refuse.
func (v Version) String() string {
	switch {
	case v == Latest:
		return "latest"
	case v == Main:
		return "main"
	case v > 0:
		return strconv.Itoa(int(v))
	}
	return "invalid"
}

// valid reports whether v means any version.
func (v Version) valid() bool { return v >= Main && v != 0 }
