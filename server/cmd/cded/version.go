package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/productsupcom/cde/openapi"
)

func versionCommand(io streams) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of cded and of the contract",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			build, _ := debug.ReadBuildInfo()
			_, err := fmt.Fprintf(io.out, "cded %s, contract %s, %s\n", build.Main.Version, openapi.Version(), build.GoVersion)
			return err
		},
	}
}
