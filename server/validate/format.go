package validate

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// format reports whether a string is of a format.
type format func([]byte) bool

// builtinFormats are the string formats that are checked without being asked.
func builtinFormats() map[string]format {
	return map[string]format{
		"uuid":      isUUID,
		"date":      isDate,
		"date-time": isDateTime,
		"byte":      regexp.MustCompile(openapi3.FormatOfStringByte).Match,
		"email":     regexp.MustCompile(openapi3.FormatOfStringForEmail).Match,
		"ipv4":      func(b []byte) bool { a, err := netip.ParseAddr(view(b)); return err == nil && a.Is4() },
		"ipv6": func(b []byte) bool {
			a, err := netip.ParseAddr(view(b))
			return err == nil && a.Is6() && a.Zone() == ""
		},
	}
}

// annotations are the string formats that are known and by definition not checked:
// they speak to people and generators.
var annotations = []string{
	"binary", "password", "uri", "uri-reference", "uri-template", "iri", "iri-reference", "hostname", "idn-hostname",
	"idn-email", "json-pointer", "relative-json-pointer", "regex", "time", "duration",
}

// checkFormats returns an error for a string format of the document that nobody
// knows: a check that is not made must not look like one. With unknown it accepts the
// format and says its name instead.
func checkFormats(doc *openapi3.T, formats map[string]format, unknown func(string)) error {
	return doc.WalkSchemas(func(pointer string, ref *openapi3.SchemaRef) error {
		name := ref.Value.Format
		if !ref.Value.Type.Is(openapi3.TypeString) || name == "" || slices.Contains(annotations, name) {
			return nil
		}
		_, known := formats[name]
		if !known && unknown != nil {
			formats[name] = nil
			unknown(name)
			return nil
		}
		if !known {
			return fmt.Errorf("validate: %s: unknown string format %q: give its check WithFormats, or name it WithUncheckedFormats", pointer, name)
		}
		return nil
	})
}

// isUUID accepts the 36 characters of RFC 9562 section 4, in either case; no urn:,
// no braces.
func isUUID(b []byte) bool {
	if len(b) != 36 {
		return false
	}
	for i, c := range b {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if c-'0' > 9 && c|0x20-'a' > 5 {
				return false
			}
		}
	}
	return true
}

// isDate accepts full-date of RFC 3339, days that the calendar has only.
func isDate(b []byte) bool {
	if len(b) != 10 || b[4] != '-' || b[7] != '-' {
		return false
	}
	year, month, day := decimal(b[:4]), decimal(b[5:7]), decimal(b[8:])
	return year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(month, year)
}

func daysIn(month, year int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// isDateTime accepts date-time of RFC 3339 with capital T and Z, as Go's time
// package reads it: no leap second.
func isDateTime(b []byte) bool {
	if len(b) < 20 || !isDate(b[:10]) || b[10] != 'T' || !isClock(b[11:19]) || decimal(b[17:19]) < 0 || b[16] != ':' || decimal(b[17:19]) > 59 {
		return false
	}
	rest := b[19:]
	if rest[0] == '.' {
		i := 1
		for i < len(rest) && rest[i]-'0' <= 9 {
			i++
		}
		if i == 1 {
			return false
		}
		rest = rest[i:]
	}
	if len(rest) == 1 {
		return rest[0] == 'Z'
	}
	return len(rest) == 6 && (rest[0] == '+' || rest[0] == '-') && isClock(rest[1:])
}

// isClock accepts what begins with hh:mm.
func isClock(b []byte) bool {
	hour, minute := decimal(b[:2]), decimal(b[3:5])
	return b[2] == ':' && hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59
}

// decimal returns the value of b, all digits, or -1.
func decimal(b []byte) int {
	n := 0
	for _, c := range b {
		if c-'0' > 9 {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// kinFormats returns formats in the form that kin-openapi takes, so that it
// decides by the same checks.
func kinFormats(formats map[string]format) map[string]openapi3.StringFormatValidator {
	kin := make(map[string]openapi3.StringFormatValidator, len(formats))
	for _, name := range annotations {
		kin[name] = openapi3.NewCallbackValidator(func(string) error { return nil })
	}
	for name, check := range formats {
		kin[name] = openapi3.NewCallbackValidator(func(v string) error {
			if check != nil && !check([]byte(v)) {
				return errFormat
			}
			return nil
		})
	}
	return kin
}

var errFormat = errors.New("not of the format")
