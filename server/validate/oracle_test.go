package validate_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/productsupcom/cde/openapi/format"
)

// The oracle: what a document must keep, said a second time by other means. encoding/json reads
// the grammar, kin-openapi the schema; the strict rules are written out below.

// oracle returns why data is refused against schema, nil where it is accepted.
func oracle(schema *openapi3.Schema, data []byte, visit openapi3.SchemaValidationOption) error {
	if err := strictJSON(data, 32); err != nil {
		return err
	}
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	if schema == nil {
		return nil
	}
	if err := schema.VisitJSON(value, visit, openapi3.WithStringFormatValidators(oracleFormats())); err != nil {
		return err
	}
	return otherCase([]*openapi3.Schema{schema}, value)
}

// strictJSON returns why data is not exactly one document of strict JSON.
func strictJSON(data []byte, maxDepth int) error {
	if !utf8.Valid(data) {
		return errors.New("not UTF-8")
	}
	if !json.Valid(data) {
		return errors.New("not JSON")
	}
	if err := escapes(string(data)); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return tokens(d, maxDepth)
}

var (
	stringLiteral = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	unicodeEscape = regexp.MustCompile(`\\(?:u([0-9a-fA-F]{4})|.)`)
)

// escapes finds lone surrogates and U+0000 in the string literals of a valid document.
func escapes(data string) error {
	for _, literal := range stringLiteral.FindAllString(data, -1) {
		high, end := false, -1
		for _, m := range unicodeEscape.FindAllStringSubmatchIndex(literal, -1) {
			var r uint64
			if m[2] >= 0 {
				r, _ = strconv.ParseUint(literal[m[2]:m[3]], 16, 32)
			} else {
				r = 'x'
			}
			low := r >= 0xdc00 && r <= 0xdfff
			if high && (!low || m[0] != end) || !high && low || r == 0 {
				return errors.New("lone surrogate or U+0000")
			}
			high, end = r >= 0xd800 && r <= 0xdbff, m[1]
		}
		if high {
			return errors.New("lone surrogate")
		}
	}
	return nil
}

// tokens finds nesting that is too deep and members of the same name.
func tokens(d *json.Decoder, maxDepth int) error {
	type object struct {
		names map[string]bool // nil: an array
		value bool            // a value is next, not a name
	}
	var open []object
	for {
		token, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		top := len(open) - 1
		if name, ok := token.(string); ok && top >= 0 && open[top].names != nil && !open[top].value {
			if open[top].names[name] {
				return fmt.Errorf("duplicate %q", name)
			}
			open[top].names[name], open[top].value = true, true
			continue
		}
		switch token {
		case json.Delim('{'):
			open = append(open, object{names: map[string]bool{}})
		case json.Delim('['):
			open = append(open, object{})
		case json.Delim('}'), json.Delim(']'):
			open = open[:top]
		}
		if len(open) > maxDepth {
			return errors.New("too deep")
		}
		if token != json.Delim('{') && token != json.Delim('[') && len(open) > 0 {
			open[len(open)-1].value = false
		}
	}
}

// otherCase finds members whose name differs from a declared one by case only.
func otherCase(schemas []*openapi3.Schema, value any) error {
	for i := 0; i < len(schemas); i++ {
		for _, ref := range slices.Concat(schemas[i].AllOf, schemas[i].AnyOf, schemas[i].OneOf) {
			if !slices.Contains(schemas, ref.Value) {
				schemas = append(schemas, ref.Value)
			}
		}
	}
	inside := func(pick func(*openapi3.Schema) *openapi3.SchemaRef, v any) error {
		var next []*openapi3.Schema
		for _, s := range schemas {
			if ref := pick(s); ref != nil {
				next = append(next, ref.Value)
			}
		}
		if len(next) == 0 {
			return nil
		}
		return otherCase(next, v)
	}
	switch value := value.(type) {
	case []any:
		for _, v := range value {
			if err := inside(func(s *openapi3.Schema) *openapi3.SchemaRef { return s.Items }, v); err != nil {
				return err
			}
		}
	case map[string]any:
		declared := map[string]bool{}
		for _, s := range schemas {
			for name := range s.Properties {
				declared[name] = true
			}
		}
		for name, v := range value {
			for other := range maps.Keys(declared) {
				if !declared[name] && strings.EqualFold(name, other) {
					return fmt.Errorf("%q for %q", name, other)
				}
			}
			pick := func(s *openapi3.Schema) *openapi3.SchemaRef {
				if ref := s.Properties[name]; ref != nil {
					return ref
				}
				return s.AdditionalProperties.Schema
			}
			if err := inside(pick, v); err != nil {
				return err
			}
		}
	}
	return nil
}

var (
	uuidForm     = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	dateTimeForm = regexp.MustCompile(openapi3.FormatOfStringDateTime)
	offsetOf24   = regexp.MustCompile(`[+-]24:..$`) // which the time package takes
)

// oracleFormats are the formats, by the standard library.
func oracleFormats() map[string]openapi3.StringFormatValidator {
	formats := map[string]openapi3.StringFormatValidator{}
	add := func(name string, ok func(string) bool) {
		formats[name] = openapi3.NewCallbackValidator(func(v string) error {
			if !ok(v) {
				return errors.New(name)
			}
			return nil
		})
	}
	add("uuid", uuidForm.MatchString)
	add("date", func(v string) bool { _, err := time.Parse("2006-01-02", v); return err == nil })
	add("date-time", func(v string) bool {
		_, err := time.Parse(time.RFC3339, v)
		return err == nil && dateTimeForm.MatchString(v) && !offsetOf24.MatchString(v)
	})
	add("byte", regexp.MustCompile(openapi3.FormatOfStringByte).MatchString)
	add("email", regexp.MustCompile(openapi3.FormatOfStringForEmail).MatchString)
	add("ipv4", func(v string) bool { a, err := netip.ParseAddr(v); return err == nil && a.Is4() })
	add("ipv6", func(v string) bool {
		a, err := netip.ParseAddr(v)
		return err == nil && a.Is6() && !strings.Contains(v, "%")
	})
	for name, check := range format.Checks() {
		add(name, func(v string) bool { return check(v) == nil })
	}
	return formats
}
