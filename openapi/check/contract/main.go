// Command contract checks the contract and releases it.
//
//	contract [-root DIR] check [lint|overlay|names|breaking|version|client …]   all checks, or those named
//	contract [-root DIR] [-html] changelog [FROM TO]                     all releases, or between two, to stdout: Markdown, or a page
//	contract [-root DIR] release                                         freeze the contract under openapi/released/
//
// DIR is the module's root, ../.. unless given: the make targets run it from openapi/check.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/productsupcom/cde/openapi/check"
)

// errRefused says that a check refused the contract; what it found is printed already.
var errRefused = errors.New("the contract is refused")

// errUsage says that the command line is not one of those above.
var errUsage = errors.New("want check, changelog or release; see go doc ./contract")

func main() {
	err := run(os.Args[1:], os.Stdout)
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "contract:", err)
	if errors.Is(err, errUsage) {
		os.Exit(2)
	}
	os.Exit(1)
}

func run(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("contract", flag.ContinueOnError)
	root := flags.String("root", "../..", "the module's root")
	page := flags.Bool("html", false, "write the changelog as an HTML page")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	switch rest := flags.Args(); {
	case len(rest) > 0 && rest[0] == "check":
		return checks(*root, rest[1:], stdout)
	case len(rest) == 1 && rest[0] == "changelog":
		return changelog(*root, "", "", *page, stdout)
	case len(rest) == 3 && rest[0] == "changelog":
		return changelog(*root, rest[1], rest[2], *page, stdout)
	case len(rest) == 1 && rest[0] == "release":
		version, err := check.Freeze(*root)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "released %s under openapi/released/; commit it with the changelog\n", version)
		return nil
	}
	return errUsage
}

// checks prints the reports of the checks named, or of all.
func checks(root string, names []string, stdout io.Writer) error {
	change, err := check.ReadChange(root)
	if err != nil {
		return err
	}
	refused, ran := false, 0
	reports := append(check.All(change), check.Client(change.Contract, os.DirFS(root)))
	for _, report := range reports {
		if len(names) > 0 && !slices.Contains(names, report.Check) {
			continue
		}
		ran++
		fmt.Fprintln(stdout, report)
		refused = refused || len(report.Findings) > 0 || report.Looked == 0
	}
	if ran == 0 || len(names) > 0 && ran != len(names) {
		return fmt.Errorf("%w: no check of the name in %s", errUsage, strings.Join(names, ", "))
	}
	if len(names) == 0 {
		stale, err := check.StaleChangelog(root)
		if err != nil {
			return err
		}
		for _, path := range stale {
			refused = true
			fmt.Fprintf(stdout, "%s: not what the releases say\n\tto do: make release-contract, or take the file back\n", path)
		}
	}
	if refused {
		return errRefused
	}
	return nil
}

// changelog prints all changes, or those between two releases, as Markdown or as a page.
func changelog(root, from, to string, page bool, stdout io.Writer) error {
	releases, err := check.Releases(root)
	if err != nil {
		return err
	}
	text, html, err := check.Changelog(releases)
	if from != "" {
		byVersion := map[string]check.Release{}
		for _, release := range releases {
			byVersion[release.Version] = release
		}
		older, newer := byVersion[from], byVersion[to]
		if older.Contract == nil || newer.Contract == nil {
			return fmt.Errorf("not both of %s and %s stand under openapi/released/", from, to)
		}
		text, html, err = check.Between(older, newer)
	}
	if err != nil {
		return err
	}
	if page {
		text = html
	}
	_, err = stdout.Write(text)
	return err
}
