package validate

import (
	"fmt"
	"regexp"
)

// pattern is a compiled pattern keyword. It matches anywhere unless it is
// anchored, as ECMA-262 and JSON Schema say.
type pattern struct {
	re *regexp.Regexp
}

var codePoint = regexp.MustCompile(`\\u([0-9A-F]{4})`)

// compilePattern compiles a contract's pattern: RE2, with ECMA's \uXXXX as
// kin-openapi reads it.
func compilePattern(expr string) (*pattern, error) {
	re, err := regexp.Compile(codePoint.ReplaceAllString(expr, `\x{$1}`))
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", expr, err)
	}
	return &pattern{re: re}, nil
}

func (p *pattern) match(b []byte) bool { return p.re.Match(b) }
