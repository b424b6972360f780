// Package format holds the string formats that the contract names: container-image and version-constraint.
// Server, gateway and client check values with the same functions, so the rule stands once. Each check
// answers with the API's own words: an [Error] is the text of the field.
package format

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error says what is wrong with a value, in the words that the API answers with.
type Error string

// Error returns the text.
func (e Error) Error() string { return string(e) }

// What the checks of this package may say; [TooLong] is the third.
const (
	Blank   Error = "This value should not be blank."
	Invalid Error = "This value is not valid."
)

// TooLong returns the error of a value with more than limit characters.
func TooLong(limit int) Error {
	return Error(fmt.Sprintf("This value is too long. It should have %d characters or less.", limit))
}

// Checks returns the checks by the name that the contract gives the format. The map is the caller's.
func Checks() map[string]func(string) error {
	return map[string]func(string) error{
		"container-image":    ContainerImage,
		"version-constraint": VersionConstraint,
	}
}

// check applies what both formats share: not blank (white space alone is blank), at most limit characters
// (Unicode code points), valid UTF-8 without control characters.
func check(s string, limit int) error {
	plain := true
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7F {
			plain = false
			break
		}
	}
	switch {
	case strings.TrimSpace(s) == "":
		return Blank
	case len(s) > limit && utf8.RuneCountInString(s) > limit:
		return TooLong(limit)
	case !plain && (!utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl)):
		return Invalid
	}
	return nil
}
