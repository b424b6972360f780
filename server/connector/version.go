package connector

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Version is one connector version: the JSON document that the API documents as data, and beside it which
// executable is in use. It is an immutable value, cheap to copy, and safe for concurrent use.
type Version struct {
	data          []byte // compact, documented members in the documented order, unknown ones behind them
	executable    *int   // in use; nil before the first rollback
	number        int
	state         State
	deleted       bool
	complete      bool // application and vcs are both set
	legacy        *int // config.migration.legacy-executable
	production    *int // platform_prod_reference.executable
	fields        [fields]span
	versionString span
}

// The values that rules rewrite, in document order.
const (
	fieldUpdatedAt = iota
	fieldState
	fieldEffectiveImage
	fieldImage
	fieldConstraint
	fields
)

var paths = [fields]string{
	fieldUpdatedAt:      "updated-at",
	fieldState:          "state",
	fieldEffectiveImage: "config.execution.container-api-image",
	fieldImage:          "config.execution.container-api.image",
	fieldConstraint:     "config.execution.container-api.version-constraint",
}

const executableInUse = "executable-in-use"

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

// AppendStored appends the version in its import form: the data object, with executable-in-use as its
// last member once a rollback has set it.
func (v Version) AppendStored(b []byte) []byte {
	if v.executable == nil || len(v.data) == 0 {
		return append(b, v.data...)
	}
	b = append(b, v.data[:len(v.data)-1]...)
	b = append(b, `,"`+executableInUse+`":`...)
	b = strconv.AppendInt(b, int64(*v.executable), 10)
	return append(b, '}')
}

// Number returns the major number N of version N.0.0.
func (v Version) Number() int { return v.number }

// State returns the version's state.
func (v Version) State() State { return v.state }

// Deleted tells whether deleted-at is set.
func (v Version) Deleted() bool { return v.deleted }

// UpdatedAt returns when the version was last changed, in the zone it was written in.
func (v Version) UpdatedAt() time.Time {
	s, _ := text(v.fields[fieldUpdatedAt].of(v.data))
	t, _ := time.Parse(time.RFC3339, s)
	return t
}

// ContainerAPI returns the Container API that the version asks for.
func (v Version) ContainerAPI() ContainerAPI {
	var c ContainerAPI
	if s, ok := text(v.fields[fieldImage].of(v.data)); ok {
		c.Image = &s
	}
	c.VersionConstraint, _ = text(v.fields[fieldConstraint].of(v.data))
	return c
}

// EffectiveImage returns the Container API image that the version's runs get.
func (v Version) EffectiveImage() string {
	s, _ := text(v.fields[fieldEffectiveImage].of(v.data))
	return s
}

// ExecutableInUse returns the executable that the last rollback put in use; false before the first.
func (v Version) ExecutableInUse() (int, bool) {
	if v.executable == nil {
		return 0, false
	}
	return *v.executable, true
}

// JSON returns the documented data object, compact, documented members in the documented order. The
// caller must not change it.
func (v Version) JSON() []byte { return v.data }

// Equal tells whether both have the same document, byte for byte, and the same executable in use.
func (v Version) Equal(w Version) bool {
	same := v.executable == w.executable ||
		v.executable != nil && w.executable != nil && *v.executable == *w.executable
	return same && bytes.Equal(v.data, w.data)
}
