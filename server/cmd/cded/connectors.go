package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/productsupcom/cde/server/connector"
)

// connectorsCommand groups what is done to the connectors of a database without the API.
func connectorsCommand(io streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "connectors",
		Short: "Import, export and look at the connectors of a database",
		Long: "Import, export and look at the connectors of a database.\n\n" +
			"Without --db the development server's database is used, if there is one in this folder.",
	}
	command.AddCommand(importCommand(io), exportCommand(io), listCommand(io), showCommand(io), historyCommand(io))
	return command
}

// withStore opens the chosen database for the length of work. It must exist: to look at a mistyped address makes none.
func withStore(ctx context.Context, address string, work func(connector.Store) error) error {
	return with(ctx, address, true, work)
}

// withNewStore is withStore for commands that make a database where there is none.
func withNewStore(ctx context.Context, address string, work func(connector.Store) error) error {
	return with(ctx, address, false, work)
}

func with(ctx context.Context, address string, mustExist bool, work func(connector.Store) error) error {
	store, err := open(ctx, chosenDatabase(address), mustExist)
	if err != nil {
		return err
	}
	return errors.Join(work(store), store.Close())
}

// parseID reads the argument that names a connector.
func parseID(text string) (connector.PublicID, error) {
	id, err := connector.ParsePublicID(text)
	if err != nil {
		return id, usagef("%q: want the connector's public id, a uuid", text)
	}
	return id, nil
}

// resolve reads the argument that names a version, as the API does.
func resolve(ctx context.Context, store connector.Store, id connector.PublicID, text string) (int, error) {
	selector, err := connector.ParseSelector(text)
	if err != nil {
		return 0, usagef("%q: want a major version number, latest or main", text)
	}
	found, err := store.Connector(ctx, id)
	if err != nil {
		return 0, err
	}
	return selector.Resolve(found)
}

// output is the flag -o.
type output string

func (o *output) add(command *cobra.Command) {
	*o = "table"
	command.Flags().VarP(o, "output", "o", "table, or json: one object a line")
	_ = command.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"table", "json"}, cobra.ShellCompDirectiveNoFileComp))
}

// String is the chosen form.
func (o *output) String() string { return string(*o) }

// Type names the value in the help.
func (o *output) Type() string { return "form" }

// Set chooses the form.
func (o *output) Set(text string) error {
	if text != "table" && text != "json" {
		return errors.New("want table or json")
	}
	*o = output(text)
	return nil
}
