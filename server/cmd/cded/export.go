package main

import (
	"bufio"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/productsupcom/cde/server/connector"
)

func exportCommand(io streams) *cobra.Command {
	var database string
	var ids []string
	command := &cobra.Command{
		Use:   "export",
		Short: "Write connectors with their versions, one JSON object a line",
		Long: "Write connectors with their versions to standard output, one JSON object a line, all as of one moment.\n" +
			"`cded connectors import` reads what export writes, into a database of either kind.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			chosen := make([]connector.PublicID, len(ids))
			for i, text := range ids {
				id, err := parseID(text)
				if err != nil {
					return err
				}
				chosen[i] = id
			}
			return withStore(command.Context(), database, func(store connector.Store) error {
				return export(command.Context(), store, chosen, io)
			})
		},
	}
	databaseFlag(command.Flags(), &database)
	command.Flags().StringSliceVar(&ids, "public-id", nil, "only this connector; may be repeated")
	return command
}

func export(ctx context.Context, store connector.Store, ids []connector.PublicID, io streams) error {
	out := bufio.NewWriterSize(io.out, 1<<20)
	var line []byte
	connectors, versions := 0, 0
	for record, err := range store.Export(ctx, ids...) {
		if err != nil {
			return err
		}
		line = append(record.AppendJSON(line[:0]), '\n')
		if _, err := out.Write(line); err != nil {
			return err
		}
		connectors++
		versions += len(record.Versions)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(io.err, "exported %d connectors with %d versions\n", connectors, versions)
	return nil
}
