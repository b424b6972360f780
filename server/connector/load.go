package connector

import (
	"errors"
	"strconv"
	"strings"
)

// ErrNotAVersion is returned by [LoadVersion].
var ErrNotAVersion = errors.New("connector: not a stored version")

// LoadVersion reads back what [Version.AppendStored] wrote. It keeps b and may write to it. It trusts the
// document's shape (documents from outside come in through the record codec), but bytes that lack what the
// rules read are [ErrNotAVersion].
func LoadVersion(b []byte) (Version, error) {
	v := Version{data: b}
	s := scanner{b: b, ok: true}
	s.enter('{')
	behind := 0 // the end of the last member that belongs to the document
	for name, more := s.member(); more; name, more = s.member() {
		if string(name) == executableInUse {
			v.executable = integer(s.skip().of(b))
			continue
		}
		s.ok = s.ok && v.executable == nil // which must be the last
		v.read(&s, name)
		behind = s.i
	}
	v.number = majorOf(v.versionString.of(b))
	end := 0
	for _, at := range v.fields { // each there, and in document order
		s.ok = s.ok && at.start > end
		end = at.end
	}
	if !s.ok || s.i != len(b) || v.number == 0 {
		return Version{}, ErrNotAVersion
	}
	if v.executable != nil {
		b[behind] = '}'
		v.data = b[: behind+1 : behind+1]
	}
	return v, nil
}

// read takes in the top-level member whose value is next.
func (v *Version) read(s *scanner, name []byte) {
	switch string(name) {
	case "version":
		v.versionString = s.skip()
	case "updated-at":
		v.fields[fieldUpdatedAt] = s.skip()
	case "deleted-at":
		v.deleted = !isNull(s.skip().of(s.b))
	case "state":
		v.fields[fieldState] = s.skip()
		text, ok := text(v.fields[fieldState].of(s.b))
		v.state, s.ok = State(text), s.ok && ok
	case "config":
		v.readConfig(s)
	case "platform_prod_reference":
		s.enter('{')
		for name, more := s.member(); more; name, more = s.member() {
			if value := s.skip(); string(name) == "executable" {
				v.production = integer(value.of(s.b))
			}
		}
	default:
		s.skip()
	}
}

func (v *Version) readConfig(s *scanner) {
	var application, vcs bool
	s.enter('{')
	for name, more := s.member(); more; name, more = s.member() {
		switch string(name) {
		case "application":
			application = !isNull(s.skip().of(s.b))
		case "vcs":
			vcs = !isNull(s.skip().of(s.b))
		case "migration":
			v.readMigration(s)
		case "execution":
			v.readExecution(s)
		default:
			s.skip()
		}
	}
	v.complete = application && vcs
}

func (v *Version) readMigration(s *scanner) {
	if s.peek() != '{' {
		s.skip()
		return
	}
	s.enter('{')
	for name, more := s.member(); more; name, more = s.member() {
		if value := s.skip(); string(name) == "legacy-executable" {
			v.legacy = integer(value.of(s.b))
		}
	}
}

func (v *Version) readExecution(s *scanner) {
	s.enter('{')
	for name, more := s.member(); more; name, more = s.member() {
		switch string(name) {
		case "container-api-image":
			v.fields[fieldEffectiveImage] = s.skip()
		case "container-api":
			v.readContainerAPI(s)
		default:
			s.skip()
		}
	}
}

func (v *Version) readContainerAPI(s *scanner) {
	s.enter('{')
	for name, more := s.member(); more; name, more = s.member() {
		switch string(name) {
		case "image":
			v.fields[fieldImage] = s.skip()
		case "version-constraint":
			v.fields[fieldConstraint] = s.skip()
		default:
			s.skip()
		}
	}
}

// majorOf returns N of the JSON string "N.0.0", 0 if it is none.
func majorOf(raw []byte) int {
	major, rest, _ := strings.Cut(strings.Trim(string(raw), `"`), ".")
	n, err := strconv.Atoi(major)
	if err != nil || rest != "0.0" || n < 1 || major[0] == '0' || major[0] == '+' || len(raw) != len(major)+6 {
		return 0
	}
	return n
}
