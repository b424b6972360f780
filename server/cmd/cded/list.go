package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/productsupcom/cde/server/connector"
)

func listCommand(io streams) *cobra.Command {
	var database string
	var form output
	command := &cobra.Command{
		Use:   "list",
		Short: "List the connectors and the numbers of their versions",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return withStore(command.Context(), database, func(store connector.Store) error {
				return list(command.Context(), store, form, io)
			})
		},
	}
	databaseFlag(command.Flags(), &database)
	form.add(command)
	return command
}

// listed is a connector in `list -o json`.
type listed struct {
	PublicID   connector.PublicID `json:"public-id"`
	Owner      string             `json:"owner"`
	Integrator *string            `json:"integrator"`
	Main       *int               `json:"main-version-number"`
	Versions   []listedVersion    `json:"versions"`
}

type listedVersion struct {
	Number  int  `json:"number"`
	Deleted bool `json:"deleted"`
}

func list(ctx context.Context, store connector.Store, form output, io streams) error {
	encoder, table := json.NewEncoder(io.out), tabwriter.NewWriter(io.out, 0, 0, 2, ' ', 0)
	if form == "table" {
		fmt.Fprintln(table, "PUBLIC-ID\tOWNER\tINTEGRATOR\tMAIN\tVERSIONS")
	}
	for found, err := range store.List(ctx) {
		if err != nil {
			return err
		}
		if form == "json" {
			err = encoder.Encode(listedOf(found))
		} else {
			_, err = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", found.PublicID, found.Owner, dash(found.Integrator), mainOf(found), versionsOf(found))
		}
		if err != nil {
			return err
		}
	}
	return table.Flush()
}

func listedOf(c connector.Connector) listed {
	out := listed{PublicID: c.PublicID, Owner: c.Owner, Main: c.Main, Versions: []listedVersion{}}
	if c.Integrator != "" {
		out.Integrator = &c.Integrator
	}
	for _, version := range c.Versions {
		out.Versions = append(out.Versions, listedVersion(version))
	}
	return out
}

func versionsOf(c connector.Connector) string {
	var numbers []string
	for _, version := range c.Versions {
		number := strconv.Itoa(version.Number)
		if version.Deleted {
			number += " (deleted)"
		}
		numbers = append(numbers, number)
	}
	return dash(strings.Join(numbers, ", "))
}

func mainOf(c connector.Connector) string {
	if c.Main == nil {
		return "-"
	}
	return strconv.Itoa(*c.Main)
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
