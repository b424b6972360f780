package validate

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// maxParams is how many parameters a path template may have.
const maxParams = 16

// Params are the path parameters of a routed request, decoded.
type Params struct {
	names  []string
	values [maxParams]string
}

// Get returns the decoded value of a path parameter, "" when the path has none of that name.
func (p *Params) Get(name string) string {
	for i, n := range p.names {
		if n == name {
			return p.values[i]
		}
	}
	return ""
}

// route is one segment of the known paths, with what may follow it. Finding a path
// costs by its segments, not by how many paths are known.
type route struct {
	literals  map[string]*route
	templates []*template // tried in order, when no literal leads on
	methods   map[string]*target
	refusal   *Refusal // 405, with Allow
	options   *Refusal // 204, with Allow
}

type target struct {
	operation *Operation
	names     []string
}

// template is a segment with parameters: literal text between them, one more than there are
// parameters. {id} is "", "".
type template struct {
	texts []string
	next  *route
}

// mount makes o known under its path, behind every base path that its servers name.
func (v *Validator) mount(o *Operation, item *openapi3.PathItem) error {
	names := templateNames(o.Path)
	if len(names) > maxParams {
		return fmt.Errorf("more than %d path parameters", maxParams)
	}
	for _, base := range basePaths(v.doc, item, o.model) {
		at := v.root
		for segment := range strings.SplitSeq(strings.TrimPrefix(base+o.Path, "/"), "/") {
			at = at.child(segment)
		}
		if at.methods == nil {
			at.methods = map[string]*target{}
		}
		if at.methods[o.Method] != nil {
			return errors.New("the path is already known by another name")
		}
		at.methods[o.Method] = &target{o, names}
		at.refuse()
	}
	return nil
}

// refuse renews the node's answers to methods that it does not know.
func (n *route) refuse() {
	known := []string{http.MethodOptions}
	for method := range n.methods {
		known = append(known, method)
		if method == http.MethodGet {
			known = append(known, http.MethodHead)
		}
	}
	slices.Sort(known)
	allow := http.Header{"Allow": {strings.Join(slices.Compact(known), ", ")}}
	n.refusal = plain(http.StatusMethodNotAllowed, ReasonMethod, allow)
	n.options = plain(http.StatusNoContent, ReasonMethod, allow)
}

// child returns the node behind a segment of a template, made if need be.
func (n *route) child(segment string) *route {
	texts := templateTexts(segment)
	if len(texts) == 1 {
		if n.literals == nil {
			n.literals = map[string]*route{}
		}
		if n.literals[segment] == nil {
			n.literals[segment] = &route{}
		}
		return n.literals[segment]
	}
	for _, t := range n.templates {
		if slices.Equal(t.texts, texts) {
			return t.next
		}
	}
	t := &template{texts: texts, next: &route{}}
	n.templates = append(n.templates, t)
	slices.SortStableFunc(n.templates, func(a, b *template) int { return len(strings.Join(b.texts, "")) - len(strings.Join(a.texts, "")) })
	return t.next
}

// templateTexts splits a segment at its parameters: "a{x}b" is "a", "b".
func templateTexts(segment string) []string {
	var texts []string
	for {
		open := strings.IndexByte(segment, '{')
		end := strings.IndexByte(segment, '}')
		if open < 0 || end < open {
			return append(texts, segment)
		}
		texts, segment = append(texts, segment[:open]), segment[end+1:]
	}
}

// templateNames returns the parameters of a path template in order.
func templateNames(path string) []string {
	var names []string
	for {
		open := strings.IndexByte(path, '{')
		end := strings.IndexByte(path, '}')
		if open < 0 || end < open {
			return names
		}
		names, path = append(names, path[open+1:end]), path[end+1:]
	}
}

// basePaths returns the paths of the servers that an operation is served from.
// Scheme and host do not matter: TLS ends elsewhere.
func basePaths(doc *openapi3.T, item *openapi3.PathItem, model *openapi3.Operation) []string {
	servers := doc.Servers
	if len(item.Servers) > 0 {
		servers = item.Servers
	}
	if model.Servers != nil && len(*model.Servers) > 0 {
		servers = *model.Servers
	}
	var bases []string
	for _, server := range servers {
		address := server.URL
		for name, variable := range server.Variables {
			address = strings.ReplaceAll(address, "{"+name+"}", variable.Default)
		}
		if u, err := url.Parse(address); err == nil {
			bases = append(bases, strings.TrimSuffix(u.Path, "/"))
		}
	}
	if len(bases) == 0 {
		return []string{""}
	}
	slices.Sort(bases)
	return slices.Compact(bases)
}

// Route finds the operation that a request names, by path and method. It returns a
// refusal instead: 404, 405 with Allow, or 204 with Allow for OPTIONS. The host is not looked at. A path
// that could be read in two ways (an empty or a dot segment, a slash or backslash in
// a segment, encoded or not) is a 404. HEAD finds the GET operation where it has none of its own.
func (v *Validator) Route(r *http.Request) (*Operation, Params, *Refusal) {
	var p Params
	path, encoded := r.URL.Path, false
	if r.URL.RawPath != "" {
		path, encoded = r.URL.RawPath, true
	}
	if path == "" || path[0] != '/' {
		return nil, p, refusedRoute
	}
	n := v.root.find(path[1:], encoded, &p, 0)
	if n == nil {
		return nil, p, refusedRoute
	}
	t := n.methods[r.Method]
	if t == nil && r.Method == http.MethodHead {
		t = n.methods[http.MethodGet]
	}
	switch {
	case t != nil:
		p.names = t.names
		return t.operation, p, nil
	case r.Method == http.MethodOptions:
		return nil, p, n.options
	}
	return nil, p, n.refusal
}

var refusedRoute = plain(http.StatusNotFound, ReasonRoute, nil)

// find follows path, which begins after a slash, and puts the parameters it meets into
// p from index i on. Literals go before templates.
func (n *route) find(path string, encoded bool, p *Params, i int) *route {
	segment, rest, more := strings.Cut(path, "/")
	value, ok := segment, true
	if encoded {
		value, ok = decodeSegment(segment)
	}
	if !ok || !isPlain(value) {
		return nil
	}
	if next := n.literals[segment]; next != nil {
		if found := next.follow(rest, more, encoded, p, i); found != nil {
			return found
		}
	}
	for _, t := range n.templates {
		if j, ok := t.match(value, p, i); ok {
			if found := t.next.follow(rest, more, encoded, p, j); found != nil {
				return found
			}
		}
	}
	return nil
}

// follow is find behind n's own segment.
func (n *route) follow(rest string, more, encoded bool, p *Params, i int) *route {
	switch {
	case more:
		return n.find(rest, encoded, p, i)
	case n.methods == nil:
		return nil
	}
	return n
}

// match puts the segment's parameters into p and returns the next index.
func (t *template) match(value string, p *Params, i int) (int, bool) {
	last := len(t.texts) - 1
	if !strings.HasPrefix(value, t.texts[0]) {
		return i, false
	}
	value = value[len(t.texts[0]):]
	for n, text := range t.texts[1:] {
		end := len(value) - len(text)
		if n+1 < last {
			end = strings.Index(value, text)
		}
		if end < 1 || value[end:end+len(text)] != text {
			return i, false
		}
		p.values[i], value = value[:end], value[end+len(text):]
		i++
	}
	return i, value == ""
}

func decodeSegment(s string) (string, bool) {
	if !strings.Contains(s, "%") {
		return s, true
	}
	v, err := url.PathUnescape(s)
	return v, err == nil
}

// isPlain reports whether a decoded segment has one reading everywhere.
func isPlain(s string) bool {
	return s != "" && s != "." && s != ".." && !strings.ContainsAny(s, `/\`)
}

// CheckPath returns a 404 for a path that could be read in two ways, as Route does: for
// servers that route by other means. A request for "/" passes.
func CheckPath(u *url.URL) *Refusal {
	if u.RawPath == "" {
		if u.Path == "/" || hasPlainSegments(u.Path) {
			return nil
		}
		return refusedRoute
	}
	for segment := range strings.SplitSeq(strings.TrimPrefix(u.RawPath, "/"), "/") {
		if segment, ok := decodeSegment(segment); !ok || !isPlain(segment) {
			return refusedRoute
		}
	}
	return nil
}

// hasPlainSegments is isPlain for every segment of a path without escapes.
func hasPlainSegments(path string) bool {
	start := 1
	for i := 1; i < len(path); i++ {
		switch path[i] {
		case '/':
			if segment := path[start:i]; len(segment) < 3 && !isPlain(segment) {
				return false
			}
			start = i + 1
		case '\\':
			return false
		}
	}
	return path != "" && path[0] == '/' && isPlain(path[start:])
}
