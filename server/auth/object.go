package auth

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
)

// object is a JSON object read strictly: no member twice, none that differs from another or from a name we read by case
// alone. Libraries disagree on which of two such members counts, and a disagreement is a way around a check.
type object []member

type member struct {
	name  string
	value []byte // valid JSON without white space around it
}

const memberLimit = 100

// parseObject reads one object; known are the names whose other spellings are refused.
func parseObject(raw []byte, known ...string) (object, error) {
	if !utf8.Valid(raw) || !json.Valid(raw) {
		return nil, errors.New("not JSON")
	}
	at := skipSpace(raw, 0)
	if raw[at] != '{' {
		return nil, errors.New("not a JSON object")
	}
	members := make(object, 0, 16)
	for at = skipSpace(raw, at+1); raw[at] != '}'; at = skipSpace(raw, at) {
		if raw[at] == ',' {
			at = skipSpace(raw, at+1)
		}
		end := skipValue(raw, at)
		name, ok := decodeText(raw[at:end])
		at = skipSpace(raw, skipSpace(raw, end)+1) // past the colon
		end = skipValue(raw, at)
		if !ok || len(members) == memberLimit || members.clashes(name, known) {
			return nil, errors.New("ambiguous or too many members")
		}
		members = append(members, member{name, raw[at:end]})
		at = end
	}
	return members, nil
}

func (o object) clashes(name string, known []string) bool {
	for i := range o {
		if strings.EqualFold(o[i].name, name) {
			return true
		}
	}
	for _, exact := range known {
		if exact != name && strings.EqualFold(exact, name) {
			return true
		}
	}
	return false
}

// skipSpace and skipValue walk JSON that is known to be valid.
func skipSpace(raw []byte, at int) int {
	for at < len(raw) && (raw[at] == ' ' || raw[at] == '\t' || raw[at] == '\n' || raw[at] == '\r') {
		at++
	}
	return at
}

func skipValue(raw []byte, at int) int {
	for depth := 0; at < len(raw); at++ {
		switch raw[at] {
		case '"':
			for at++; raw[at] != '"'; at++ {
				if raw[at] == '\\' {
					at++
				}
			}
			if depth == 0 {
				return at + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return at
			}
			if depth--; depth == 0 {
				return at + 1
			}
		case ',', ':', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return at
			}
		}
	}
	return at
}

// decodeText reads a JSON string. One that was not Unicode (a lone surrogate) is none.
func decodeText(value []byte) (string, bool) {
	if len(value) < 2 || value[0] != '"' {
		return "", false
	}
	inner := string(value[1 : len(value)-1])
	if !strings.Contains(inner, `\`) {
		return inner, true
	}
	var text string
	err := json.Unmarshal(value, &text)
	return text, err == nil && !strings.ContainsRune(text, utf8.RuneError)
}

func (o object) get(name string) ([]byte, bool) {
	for i := range o {
		if o[i].name == name {
			return o[i].value, true
		}
	}
	return nil, false
}

func (o object) has(names ...string) bool {
	for _, name := range names {
		if _, ok := o.get(name); ok {
			return true
		}
	}
	return false
}

// text is a string member; false if it is missing or anything else.
func (o object) text(name string) (string, bool) {
	value, _ := o.get(name)
	return decodeText(value)
}

// texts is a member that is a string or a list of strings. A missing one is empty and true.
func (o object) texts(name string) ([]string, bool) {
	value, ok := o.get(name)
	if !ok {
		return nil, true
	}
	if text, ok := decodeText(value); ok {
		return []string{text}, true
	}
	if value[0] != '[' {
		return nil, false
	}
	var list []string
	for at := skipSpace(value, 1); value[at] != ']'; at = skipSpace(value, at) {
		if value[at] == ',' {
			at = skipSpace(value, at+1)
		}
		end := skipValue(value, at)
		text, ok := decodeText(value[at:end])
		if !ok {
			return nil, false
		}
		list = append(list, text)
		at = end
	}
	return list, true
}

// words is a member that is a space-delimited string or a list of strings.
func (o object) words(name string) ([]string, bool) {
	list, ok := o.texts(name)
	if len(list) == 1 {
		return strings.Fields(list[0]), ok
	}
	return list, ok
}

// date is a NumericDate (RFC 7519 section 2) up to the year 9999; nil if it is missing, false if it is anything else.
func (o object) date(name string) (*jwt.NumericDate, bool) {
	value, ok := o.get(name)
	if !ok {
		return nil, true
	}
	seconds, err := strconv.ParseFloat(string(value), 64)
	if err != nil || seconds < 0 || seconds > 253402300799 || value[0] < '0' || value[0] > '9' {
		return nil, false
	}
	return &jwt.NumericDate{Time: time.UnixMilli(int64(seconds * 1000))}, true
}
