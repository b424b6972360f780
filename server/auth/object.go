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
	value string // valid JSON without white space around it
}

const memberLimit = 100

// parseObject reads one object into room; known are the names whose other spellings are refused.
func parseObject(document []byte, known []string, room object) (object, error) {
	if !utf8.Valid(document) || !json.Valid(document) {
		return nil, errors.New("not JSON")
	}
	text := string(document)
	at := skipSpace(text, 0)
	if text[at] != '{' {
		return nil, errors.New("not a JSON object")
	}
	plain := plainText(text)
	members := room[:0]
	for at = skipSpace(text, at+1); text[at] != '}'; at = skipSpace(text, at) {
		if text[at] == ',' {
			at = skipSpace(text, at+1)
		}
		end := skipValue(text, at)
		name, ok := decodeText(text[at:end])
		at = skipSpace(text, skipSpace(text, end)+1) // past the colon
		end = skipValue(text, at)
		if !ok || len(members) == memberLimit || members.clashes(name, known, plain) {
			return nil, errors.New("ambiguous or too many members")
		}
		members = append(members, member{name, text[at:end]})
		at = end
	}
	return members, nil
}

// plainText is true for ASCII without escapes, in which names of different lengths differ by more than case.
func plainText(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf || text[i] == '\\' {
			return false
		}
	}
	return true
}

func (o object) clashes(name string, known []string, plain bool) bool {
	for i := range o {
		if (!plain || len(o[i].name) == len(name)) && strings.EqualFold(o[i].name, name) {
			return true
		}
	}
	for _, exact := range known {
		if (!plain || len(exact) == len(name)) && exact != name && strings.EqualFold(exact, name) {
			return true
		}
	}
	return false
}

// skipSpace and skipValue walk JSON that is known to be valid.
func skipSpace(text string, at int) int {
	for at < len(text) && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r') {
		at++
	}
	return at
}

func skipValue(text string, at int) int {
	for depth := 0; at < len(text); at++ {
		switch text[at] {
		case '"':
			for at++; text[at] != '"'; at++ {
				if text[at] == '\\' {
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
func decodeText(value string) (string, bool) {
	if len(value) < 2 || value[0] != '"' {
		return "", false
	}
	if inner := value[1 : len(value)-1]; strings.IndexByte(inner, '\\') < 0 {
		return inner, true
	}
	var text string
	err := json.Unmarshal([]byte(value), &text)
	return text, err == nil && !strings.ContainsRune(text, utf8.RuneError)
}

func (o object) get(name string) (string, bool) {
	for i := range o {
		if o[i].name == name {
			return o[i].value, true
		}
	}
	return "", false
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
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil || seconds < 0 || seconds > 253402300799 || value[0] < '0' || value[0] > '9' {
		return nil, false
	}
	return &jwt.NumericDate{Time: time.UnixMilli(int64(seconds * 1000))}, true
}
