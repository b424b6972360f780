package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/productsupcom/cde/server/connector"
)

func showCommand(io streams) *cobra.Command {
	var database string
	var form output
	command := &cobra.Command{
		Use:   "show PUBLIC-ID",
		Short: "Show one connector and its versions",
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			return withStore(command.Context(), database, func(store connector.Store) error {
				return show(command.Context(), store, id, form, io)
			})
		},
	}
	databaseFlag(command.Flags(), &database)
	form.add(command)
	return command
}

// show prints a connector: as JSON in the import format, whole; as a table what the rules look at.
func show(ctx context.Context, store connector.Store, id connector.PublicID, form output, io streams) error {
	for record, err := range store.Export(ctx, id) {
		if err != nil {
			return err
		}
		if form == "json" {
			_, err := io.out.Write(append(record.AppendJSON(nil), '\n'))
			return err
		}
		return showTable(record, io)
	}
	return connector.ErrConnectorNotFound
}

func showTable(record connector.Record, io streams) error {
	fmt.Fprintf(io.out, "public id   %s\nowner       %s\nintegrator  %s\nmain        %s\n\n",
		record.PublicID, record.Owner, dash(record.Integrator), mainOf(record.Connector()))
	table := tabwriter.NewWriter(io.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "VERSION\tSTATE\tDELETED\tCONTAINER API\tIMAGE\tEXECUTABLE IN USE")
	for _, version := range record.Versions {
		inUse := "-"
		if executable, ok := version.ExecutableInUse(); ok {
			inUse = fmt.Sprint(executable)
		}
		fmt.Fprintf(table, "%d\t%s\t%t\t%s\t%s\t%s\n", version.Number(), version.State(), version.Deleted(),
			version.ContainerAPI().VersionConstraint, version.EffectiveImage(), inUse)
	}
	return table.Flush()
}
