package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/productsupcom/cde/server/connector"
)

// backuper is a store that can copy itself while it serves.
type backuper interface {
	Backup(ctx context.Context, file string) error
}

func backupCommand(io streams) *cobra.Command {
	var database string
	command := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a consistent copy of a SQLite database while it is served",
		Long: "Write a consistent copy of a SQLite database to FILE, which must not exist, while it is served. To restore it, stop\n" +
			"the server and put the copy in the database's place. PostgreSQL has its own tools for this: pg_basebackup, pg_dump.",
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			return withStore(command.Context(), database, func(store connector.Store) error {
				source, ok := store.(backuper)
				if !ok {
					return usagef("%s: back up PostgreSQL with its own tools, pg_basebackup or pg_dump", redacted(database))
				}
				if err := source.Backup(command.Context(), args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(io.err, "backup of %s written to %s\n", redacted(chosenDatabase(database)), args[0])
				return err
			})
		},
	}
	databaseFlag(command.Flags(), &database)
	return command
}
