package validate

import (
	"mime"
	"strings"
)

// find returns the declared media type that a Content-Type header names, and
// whether there is one. A charset other than UTF-8 names none.
func (c content) find(values []string) (*mediaType, bool) {
	if len(values) != 1 {
		return nil, false
	}
	name, ok := parseType(values[0])
	if !ok {
		return nil, false
	}
	for i := range c {
		if matchesType(c[i].name, name) {
			return &c[i], true
		}
	}
	return nil, false
}

// parseType returns the media type of a Content-Type header, lower case.
func parseType(v string) (string, bool) {
	switch v {
	case "application/json", "application/json; charset=utf-8", "application/json; charset=UTF-8":
		return "application/json", true
	}
	name, params, err := mime.ParseMediaType(v)
	if err != nil || !strings.Contains(name, "/") {
		return "", false
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return "", false
	}
	return name, true
}

// declaredType returns the contract's name of a media type without parameters, lower case.
func declaredType(name string) string {
	name, _, _ = strings.Cut(name, ";")
	return strings.ToLower(strings.TrimSpace(name))
}

// isJSON reports whether a media type is JSON: by name or by its suffix (RFC 6839).
func isJSON(name string) bool {
	return name == "application/json" || strings.HasSuffix(name, "+json")
}

// specificity orders media types: text/plain before text/* before */*.
func specificity(name string) int {
	switch {
	case name == "*/*":
		return 0
	case strings.HasSuffix(name, "/*"):
		return 1
	}
	return 2
}

func matchesType(declared, name string) bool {
	switch specificity(declared) {
	case 0:
		return true
	case 1:
		return strings.HasPrefix(name, declared[:len(declared)-1])
	}
	return declared == name
}
