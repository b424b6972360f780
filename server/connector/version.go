package connector

import (
	"bytes"
	"strconv"
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
