package check

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/oasdiff/oasdiff/checker"
)

// The changelog's two forms. The page carries no style and no script, so that it may be served under any content security
// policy. A server shows the Markdown in its docs page; the page stands alone.
var (
	//go:embed changelog.md.tmpl
	markdownText string
	//go:embed changelog.html.tmpl
	pageText string

	markdown = template.Must(template.New("changelog.md").Parse(markdownText))
	page     = htmltemplate.Must(htmltemplate.New("changelog.html").Parse(pageText))
)

// entry is what one release changed, or where it is the first, what it holds.
type entry struct {
	Version, Since string // Since is empty for the first release
	Operations     []string
	Groups         []group // those that have lines
}

// group is the changes of one weight.
type group struct {
	Title string
	Lines []line
}

// line is one change.
type line struct{ Place, Text string }

// Changelog returns what changed between each release and the one before it, newest first, as Markdown and as an HTML
// page. The same releases give the same bytes.
func Changelog(releases []Release) (md, html []byte, err error) {
	entries := make([]entry, 0, len(releases))
	for i, release := range slices.Backward(releases) {
		one, err := first(release)
		if i > 0 {
			one, err = between(releases[i-1], release)
		}
		if err != nil {
			return nil, nil, err
		}
		entries = append(entries, one)
	}
	return render(entries)
}

// Between returns what changed from one release to another, as Markdown and as an HTML page.
func Between(from, to Release) (md, html []byte, err error) {
	one, err := between(from, to)
	if err != nil {
		return nil, nil, err
	}
	return render([]entry{one})
}

func render(entries []entry) (md, html []byte, err error) {
	var text, markup bytes.Buffer
	if err := markdown.Execute(&text, entries); err != nil {
		return nil, nil, err
	}
	if err := page.Execute(&markup, entries); err != nil {
		return nil, nil, err
	}
	return text.Bytes(), markup.Bytes(), nil
}

// first lists what the first release holds.
func first(release Release) (entry, error) {
	d, finding := parse("changelog", releasedFile(release.Version), release.Contract)
	if finding != nil {
		return entry{}, errors.New(finding.String())
	}
	one := entry{Version: release.Version}
	for operation := range d.operations() {
		one.Operations = append(one.Operations, fmt.Sprintf("%s (%s)", operation.place(), operation.OperationID))
	}
	return one, nil
}

// between lists what changed from one release to another.
func between(from, to Release) (entry, error) {
	base, revision, finding := pair("changelog", from.Contract, to.Contract)
	if finding != nil {
		return entry{}, errors.New(finding.String())
	}
	breaks, _, err := breaking(base, revision)
	if err != nil {
		return entry{}, err
	}
	gone, _ := namesGone(base, revision)
	changes, err := compare(base, revision, checker.INFO)
	if err != nil {
		return entry{}, err
	}
	changes = slices.DeleteFunc(changes, func(c checker.Change) bool { return c.GetLevel() != checker.INFO })
	one := entry{Version: to.Version, Since: from.Version}
	one.add("Breaking", append(breaks, gone...))
	one.add("Deprecated", merge(slices.Collect(only(changes, true)), base, revision))
	one.add("Changed", append(merge(slices.Collect(only(changes, false)), base, revision), valuesNew(base, revision)...))
	if size, reason := sizeOf(base, revision); len(one.Groups) == 0 && size != none {
		one.Groups = []group{{Title: "Changed", Lines: []line{{"the contract", reason}}}}
	}
	return one, nil
}

// only yields the changes that are about deprecation, or the others.
func only(changes checker.Changes, deprecation bool) func(func(checker.Change) bool) {
	return func(yield func(checker.Change) bool) {
		for _, change := range changes {
			about := strings.Contains(change.GetId(), "deprecat") || strings.Contains(change.GetId(), "sunset")
			if about == deprecation && !yield(change) {
				return
			}
		}
	}
}

func (e *entry) add(title string, findings []Finding) {
	if len(findings) == 0 {
		return
	}
	of := group{Title: title}
	for _, finding := range findings {
		of.Lines = append(of.Lines, line{finding.Place, finding.Problem})
	}
	e.Groups = append(e.Groups, of)
}

// changelogFiles returns the changelog of the module in root, by slash-separated path.
func changelogFiles(root string) (map[string][]byte, error) {
	releases, err := Releases(root)
	if err != nil {
		return nil, err
	}
	md, html, err := Changelog(releases)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{releasedDir + "/CHANGELOG.md": md, releasedDir + "/changelog.html": html}, nil
}

// WriteChangelog brings openapi/released/CHANGELOG.md and changelog.html of the module in root up to date.
func WriteChangelog(root string) error {
	files, err := changelogFiles(root)
	if err != nil {
		return err
	}
	for path, content := range files {
		if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(path)), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// StaleChangelog returns the changelog files of the module in root that are not what its releases say.
func StaleChangelog(root string) ([]string, error) {
	files, err := changelogFiles(root)
	if err != nil {
		return nil, err
	}
	var stale []string
	for path, content := range files {
		if present, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path))); err != nil || !bytes.Equal(present, content) {
			stale = append(stale, path)
		}
	}
	slices.Sort(stale)
	return stale, nil
}
