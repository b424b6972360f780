package connector

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Record is a connector with its versions: what is imported and exported.
type Record struct {
	PublicID   PublicID
	Owner      string    // a UUID in lower case
	Integrator string    // the same, or empty
	Main       *int      // main-version-number, from 1; nil if none is set
	Versions   []Version // at least one, in rising order of their numbers, none twice
}

// Connector returns the record without the documents.
func (r Record) Connector() Connector {
	c := Connector{PublicID: r.PublicID, Owner: r.Owner, Integrator: r.Integrator, Main: r.Main}
	c.Versions = make([]VersionInfo, len(r.Versions))
	for i, v := range r.Versions {
		c.Versions[i] = VersionInfo{Number: v.Number(), Deleted: v.Deleted()}
	}
	return c
}

// AppendJSON appends the record in its import form, on one line without the newline:
//
//	{"public-id":uuid,"owner":uuid,"integrator":uuid|null,"main-version-number":int|null,"versions":[…]}
//
// A version is the API's data object, with "executable-in-use":int behind it once a rollback has set it.
func (r Record) AppendJSON(b []byte) []byte {
	b = quote(append(b, `{"public-id":`...), r.PublicID.String())
	b = quote(append(b, `,"owner":`...), r.Owner)
	b = append(b, `,"integrator":`...)
	if r.Integrator == "" {
		b = append(b, null...)
	} else {
		b = quote(b, r.Integrator)
	}
	b = append(append(b, `,"main-version-number":`...), number(r.Main)...)
	b = append(b, `,"versions":[`...)
	for i, v := range r.Versions {
		if i > 0 {
			b = append(b, ',')
		}
		b = v.AppendStored(b)
	}
	return append(b, "]}"...)
}

// MarshalJSON returns what [Record.AppendJSON] appends.
func (r Record) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil), nil }

// parseRecord reads one record. An error is a *problem. It keeps nothing of b.
func parseRecord(b []byte, warn func(problem)) (Record, error) {
	if err := validJSON(b); err != nil {
		return Record{}, err
	}
	r := recordReader{document: document{scanner: scanner{b: b, ok: true}, warn: warn}}
	if r.peek() != '{' {
		return Record{}, r.fail("This value should be of type object.")
	}
	r.enter('{')
	r.path = append(r.path, step{})
	for name, more := r.member(); more; name, more = r.member() {
		name, err := r.name(name)
		if err == nil {
			err = r.read(string(name))
		}
		if err != nil {
			return Record{}, err
		}
	}
	r.path = r.path[:0]
	for i, name := range recordMembers {
		if !r.seen[i] {
			return Record{}, r.failAt(name, "This field is missing.")
		}
	}
	return r.Record, nil
}

func validJSON(b []byte) error {
	if !utf8.Valid(b) {
		return &problem{text: "This is not valid UTF-8."}
	}
	if json.Valid(b) {
		return nil
	}
	offset, _ := syntaxError(b)
	return &problem{text: notJSON, offset: offset}
}

const notJSON = "This is not valid JSON."

// syntaxError returns where b stops to be JSON: at the offending byte, or at its last one if the end is missing.
func syntaxError(b []byte) (offset int, found bool) {
	var syntax *json.SyntaxError
	if !errors.As(json.Unmarshal(b, new(json.RawMessage)), &syntax) {
		return 0, false
	}
	return max(0, int(syntax.Offset)-1), true // Offset counts the offending byte
}

var recordMembers = [...]string{"public-id", "owner", "integrator", "main-version-number", "versions"}

type recordReader struct {
	document
	Record
	seen [len(recordMembers)]bool
}

// read takes in the record's member whose value is next.
func (r *recordReader) read(name string) (err error) {
	i := slices.Index(recordMembers[:], name)
	if i < 0 {
		return r.fail("This field was not expected.")
	}
	if r.seen[i] {
		return r.fail("This field was given twice.")
	}
	r.seen[i] = true
	switch name {
	case "public-id":
		r.PublicID, err = r.uuid()
	case "owner":
		var id PublicID
		id, err = r.uuid()
		r.Owner = id.String()
	case "integrator":
		if r.peek() == 'n' {
			r.skip()
			return nil
		}
		var id PublicID
		id, err = r.uuid()
		r.Integrator = id.String()
	case "main-version-number":
		value := r.skip().of(r.b)
		if r.Main = integer(value); r.Main == nil && !isNull(value) {
			return r.fail("This value should be of type null or integer.")
		}
		if r.Main != nil && *r.Main < 1 {
			return r.fail("This value is not valid.")
		}
	case "versions":
		err = r.versions()
	}
	return err
}

func (r *recordReader) uuid() (PublicID, error) {
	s, isText := text(r.skip().of(r.b))
	if !isText {
		return PublicID{}, r.fail("This value should be of type string.")
	}
	id, err := ParsePublicID(s)
	if err != nil {
		return PublicID{}, r.fail("This is not a valid UUID.")
	}
	return id, nil
}

func (r *recordReader) versions() error {
	if r.peek() != '[' {
		return r.fail("This value should be of type array.")
	}
	r.enter('[')
	r.out = make([]byte, 0, len(r.b)-r.i)
	r.path = append(r.path, step{})
	for i := 0; r.more(']'); i++ {
		r.path[len(r.path)-1].index = i
		v, err := r.version()
		if err != nil {
			return err
		}
		r.Versions = append(r.Versions, v)
	}
	r.path = r.path[:len(r.path)-1]
	if len(r.Versions) == 0 {
		return r.fail("A connector has at least one version.")
	}
	slices.SortStableFunc(r.Versions, func(v, w Version) int { return v.number - w.number })
	for i := 1; i < len(r.Versions); i++ {
		if n := r.Versions[i].number; n == r.Versions[i-1].number {
			return r.fail("Version " + strconv.Itoa(n) + " was given twice.")
		}
	}
	return nil
}

// version reads one version: its document, and the executable in use, which stands beside it.
func (r *recordReader) version() (Version, error) {
	start := len(r.out)
	if err := r.value(&storedShape); err != nil {
		return Version{}, err
	}
	v, err := LoadVersion(slices.Clip(r.out[start:]))
	if err != nil {
		return Version{}, r.failAt("version", "This value is not valid.")
	}
	return v, nil
}
