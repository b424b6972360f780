// Package connector holds the rules of the CDE API: who may change a connector, which version a path
// names, what each operation does to a version, and what a store owes them. A version is kept as the JSON
// document that the API answers with, so members unknown to this package survive every change.
// The package knows no framework, no SQL and no generated code.
package connector

import (
	"encoding/hex"
	"errors"
	"slices"
)

// ErrInvalidPublicID is returned by [ParsePublicID].
var ErrInvalidPublicID = errors.New("connector: not a uuid")

// PublicID names a connector: a UUID (RFC 9562), comparable, and ordered by its bytes.
type PublicID [16]byte

// ParsePublicID reads the 36 characters of a UUID in either case, such as
// 497f6eca-6276-4993-bfeb-53cbbbba6f08. Every other spelling (urn:uuid:, braces, no dashes) is
// [ErrInvalidPublicID].
func ParsePublicID(s string) (PublicID, error) {
	var id PublicID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return PublicID{}, ErrInvalidPublicID
	}
	var digits [32]byte
	n := copy(digits[:], s[:8])
	n += copy(digits[n:], s[9:13])
	n += copy(digits[n:], s[14:18])
	n += copy(digits[n:], s[19:23])
	copy(digits[n:], s[24:])
	if _, err := hex.Decode(id[:], digits[:]); err != nil {
		return PublicID{}, ErrInvalidPublicID
	}
	return id, nil
}

// String returns the id in lower case with dashes, the one spelling that answers and stores use.
func (id PublicID) String() string {
	var s [36]byte
	hex.Encode(s[:8], id[:4])
	hex.Encode(s[9:13], id[4:6])
	hex.Encode(s[14:18], id[6:8])
	hex.Encode(s[19:23], id[8:10])
	hex.Encode(s[24:], id[10:])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return string(s[:])
}

// MarshalText writes the id as [PublicID.String] does.
func (id PublicID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the id as [ParsePublicID] does.
func (id *PublicID) UnmarshalText(text []byte) (err error) {
	*id, err = ParsePublicID(string(text))
	return err
}

// Caller is who asks, as the access token says.
type Caller struct {
	Subject string // the token's sub; compared byte for byte
	Admin   bool   // may change every connector
}

// Connector is what the rules need to know of a connector beside its versions' documents.
type Connector struct {
	PublicID   PublicID
	Owner      string        // subject that may change the connector: a UUID in lower case
	Integrator string        // subject that may list it, but not change it; empty if there is none
	Main       *int          // the main-version-number, the released version; nil if none is set
	Versions   []VersionInfo // in rising order of Number, deleted ones included
}

// VersionInfo tells which version exists and whether it was deleted.
type VersionInfo struct {
	Number  int // the major number N of version N.0.0, from 1
	Deleted bool
}

// MayChange returns nil for the connector's owner and for admins, [ErrAccessDenied] for everybody else,
// the integrator included.
func (c Connector) MayChange(who Caller) error {
	if who.Admin || who.Subject != "" && who.Subject == c.Owner {
		return nil
	}
	return ErrAccessDenied
}

// Has tells whether the connector has the version and it is not deleted.
func (c Connector) Has(number int) bool {
	i, found := slices.BinarySearchFunc(c.Versions, number, func(v VersionInfo, n int) int { return v.Number - n })
	return found && !c.Versions[i].Deleted
}
