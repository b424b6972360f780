package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manCommand is for packagers: `make man`. The pages are the help texts, so that nothing can be out of date.
func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use: "man DIRECTORY", Short: "Write the man pages", Hidden: true, Args: arguments("DIRECTORY"),
		RunE: func(command *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil { //nolint:gosec // manuals are for everybody
				return err
			}
			root := command.Root()
			root.DisableAutoGenTag = true
			return writeManPages(root, args[0])
		},
	}
}

// writeManPages writes a page for each command and each chapter, which cobra's own walk would leave out.
func writeManPages(command *cobra.Command, directory string) error {
	for _, child := range command.Commands() {
		if child.IsAvailableCommand() || child.IsAdditionalHelpTopicCommand() {
			if err := writeManPages(child, directory); err != nil {
				return err
			}
		}
	}
	command.Long = markdown(command.Long)
	header := &doc.GenManHeader{Title: "CDE", Section: "1", Source: "cde " + version(), Manual: "CDE Manual"}
	var page bytes.Buffer
	if err := doc.GenMan(command, header, &page); err != nil {
		return err
	}
	name := strings.ReplaceAll(command.CommandPath(), " ", "-") + ".1"
	return os.WriteFile(filepath.Join(directory, name), page.Bytes(), 0o644) //nolint:gosec // manuals are for everybody
}

// markdown makes Markdown, which cobra wants, of a help text: indented lines stay as they are, and no character of the
// others means anything.
func markdown(text string) string {
	special := strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`, "#", `\#`, "|", `\|`, "~", `\~`)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "  ") {
			lines[i] = "    " + line
		} else {
			lines[i] = special.Replace(line)
		}
	}
	return strings.Join(lines, "\n")
}
