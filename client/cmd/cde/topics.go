package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// topics are chapters of the manual that are no commands: `cde help exit-codes`.
func topics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "exit-codes", Short: "What scripts can read from the exit code", Long: "Exit codes:\n\n" + exitCodeHelp()},
		{Use: "environment", Short: "Variables that cde reads", Long: `Every flag has a variable that gives it a default: CDE_ and the flag's name in capitals with underscores, such as
CDE_PROFILE, CDE_OUTPUT, CDE_BASE_URL or CDE_VERSION_CONSTRAINT. The command line beats the variable, the variable the
settings file.

  CDE_TOKEN        the bearer token to send; beats every sign-in and is never stored or shown. There is no flag for
                   it, because other users of a machine can read command lines
  NO_COLOR         if not empty, no colours
  BROWSER          the command that opens a web page for "cde login"
  XDG_CONFIG_HOME  where settings and, without a keyring, sign-ins are kept, in a folder cde
  XDG_CACHE_HOME   where the last known answers are kept, to tell what a change has changed`},
		{Use: "profiles", Short: "Which API is talked to, and the settings file", Long: `A profile says where the API is and who signs you in:

  production  https://cde.productsup.com (the default)
  staging     https://cde.staging.productsup.com
  local       http://127.0.0.1:8080, a server started with "make run" or "cded serve --dev"

The settings file, cde/config.yaml in your settings folder (~/.config on Linux) or --config, chooses another default,
completes these and adds your own:

  profile: staging
  profiles:
    staging:
      issuer: https://id.example.com
      client-id: my-cli
    mirror:
      base-url: https://cde.example.com

Without an issuer the API is asked for it (RFC 9728); without a client-id it is "cde". A sign-in belongs to an address:
it is never sent to another one.`},
	}
}

// version is the module's, "devel" for a build from a working copy.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return strings.Trim(strings.TrimPrefix(info.Main.Version, "v"), "()")
	}
	return "devel"
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version of cde", Args: arguments(),
		RunE: func(*cobra.Command, []string) error {
			info, _ := debug.ReadBuildInfo()
			result := struct {
				Version string `json:"version"`
				Go      string `json:"go"`
			}{version(), info.GoVersion}
			return a.printAny(result, [][2]string{{"cde", result.Version}, {"go", result.Go}})
		},
	}
}

// manCommand is for packagers: `make man`.
func (a *app) manCommand() *cobra.Command {
	header := doc.GenManHeader{Title: "CDE", Section: "1", Source: "cde " + version(), Manual: "CDE Manual"}
	return &cobra.Command{
		Use: "man DIRECTORY", Short: "Write the man pages", Hidden: true, Args: arguments("DIRECTORY"),
		RunE: func(command *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil { //nolint:gosec // manuals are for everybody
				return err
			}
			root := command.Root()
			root.DisableAutoGenTag = true
			for _, child := range root.Commands() { // GenManTree leaves chapters out
				if child.IsAdditionalHelpTopicCommand() {
					if err := writeMan(child, header, args[0]); err != nil {
						return err
					}
				}
			}
			return doc.GenManTree(root, &header, args[0])
		},
	}
}

func writeMan(command *cobra.Command, header doc.GenManHeader, directory string) error {
	var page bytes.Buffer
	if err := doc.GenMan(command, &header, &page); err != nil {
		return err
	}
	name := strings.ReplaceAll(command.CommandPath(), " ", "-") + ".1"
	return os.WriteFile(filepath.Join(directory, name), page.Bytes(), 0o644) //nolint:gosec // manuals are for everybody
}
