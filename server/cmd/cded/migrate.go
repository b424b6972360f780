package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/productsupcom/cde/server/connector"
)

func migrateCommand(io streams) *cobra.Command {
	var database string
	command := &cobra.Command{
		Use:   "migrate",
		Short: "Bring a database to the present schema, creating it where there is none",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return withNewStore(command.Context(), database, func(connector.Store) error {
				_, err := fmt.Fprintf(io.err, "%s has the present schema\n", redacted(chosenDatabase(database)))
				return err
			})
		},
	}
	databaseFlag(command.Flags(), &database)
	return command
}
