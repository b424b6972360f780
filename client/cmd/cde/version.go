package main

import (
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

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
