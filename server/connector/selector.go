package connector

import (
	"errors"
	"strconv"
)

// ErrInvalidSelector is returned by [ParseSelector].
var ErrInvalidSelector = errors.New("connector: not a version selector")

// Selector is the connectorVersion of a path: latest, main, or a major version number.
// The zero Selector names no version.
type Selector struct {
	text   string
	number int // of the version meant; 0 if the selector is a name or a number that no version can have
}

// ParseSelector reads a connectorVersion, which must match ^(main|latest|\d+)$ with ASCII digits, else it is
// [ErrInvalidSelector]. Numbers that no version can have ("0", "007", forty digits) match and are
// accepted: they fail when resolved.
func ParseSelector(s string) (Selector, error) {
	switch s {
	case "main", "latest":
		return Selector{text: s}, nil
	case "":
		return Selector{}, ErrInvalidSelector
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return Selector{}, ErrInvalidSelector
		}
	}
	number, err := strconv.Atoi(s)
	if err != nil || s[0] == '0' {
		number = 0
	}
	return Selector{text: s, number: number}, nil
}

// String returns the text that was parsed.
func (s Selector) String() string { return s.text }

// Resolve returns the number of the version that s means in c: the highest one that is not deleted for
// latest, the connector's main version for main. If there is none, or it was deleted, the error is
// [ErrVersionNotFound].
func (s Selector) Resolve(c Connector) (int, error) {
	switch {
	case s.text == "latest":
		for i := len(c.Versions) - 1; i >= 0; i-- {
			if !c.Versions[i].Deleted {
				return c.Versions[i].Number, nil
			}
		}
	case s.text == "main":
		if c.Main != nil && c.Has(*c.Main) {
			return *c.Main, nil
		}
	case s.number > 0 && c.Has(s.number):
		return s.number, nil
	}
	return 0, ErrVersionNotFound
}
