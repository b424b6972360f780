package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// streams are where a command reads and writes: data on Out, talk on Err.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// run carries out one command line. Flags that are not given take their default from getenv("CDE_<FLAG>"). What went
// wrong is written to stderr and returned; [exitCode] tells what to end with.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) error {
	root := rootCommand(streams{stdin, stdout, stderr}, getenv)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return nil
	}
	fmt.Fprintln(stderr, "cded:", err)
	if isUsage(err) {
		fmt.Fprintf(stderr, "Run '%s --help' for usage.\n", command.CommandPath())
	}
	return err
}

func rootCommand(io streams, getenv func(string) string) *cobra.Command {
	root := &cobra.Command{
		Use:   "cded",
		Short: "Serve the CDE API, guard other servers with its contract, keep its connectors",
		Long: "cded serves the CDE API, guards other servers with its contract, and keeps the connectors' database.\n\n" +
			"Every flag takes its default from the environment: --db from CDE_DB, --admin-claim from CDE_ADMIN_CLAIM.",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(serveCommand(io), gatewayCommand(io), connectorsCommand(io), migrateCommand(io), backupCommand(io), versionCommand(io))
	prepare(root, getenv)
	return root
}

// prepare gives every command the manners that cobra leaves open: flags take their defaults from the environment, mistakes in
// the command line are usage errors, a group without a command says what it has.
func prepare(command *cobra.Command, getenv func(string) string) {
	if run := command.RunE; run != nil {
		command.RunE = func(c *cobra.Command, args []string) error {
			if err := fromEnvironment(c, getenv); err != nil {
				return err
			}
			return run(c, args)
		}
	}
	command.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	if check := command.Args; check != nil {
		command.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usageError{err}
			}
			return nil
		}
	}
	if command.RunE == nil && command.HasSubCommands() {
		command.Args = cobra.ArbitraryArgs
		command.RunE = func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q", args[0])
			}
			_ = c.Help()
			return usagef("a command is needed")
		}
	}
	for _, child := range command.Commands() {
		prepare(child, getenv)
	}
}

// fromEnvironment sets those flags of the command that were not given from CDE_<FLAG>.
func fromEnvironment(command *cobra.Command, getenv func(string) string) error {
	var problems []error
	command.Flags().VisitAll(func(flag *pflag.Flag) {
		name := "CDE_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
		value := getenv(name)
		if value == "" || flag.Changed || flag.Name == "help" {
			return
		}
		if err := flag.Value.Set(value); err != nil {
			problems = append(problems, usagef("environment %s: %v", name, err))
		}
	})
	return errors.Join(problems...)
}

// usageError is a mistake in the command line or the environment.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func isUsage(err error) bool {
	var usage usageError
	return errors.As(err, &usage)
}

// exitCode is 2 for a mistake in the command line, 130 for an interrupt, 1 for every other failure.
func exitCode(err error) int {
	switch {
	case isUsage(err):
		return 2
	case errors.Is(err, context.Canceled):
		return 130
	}
	return 1
}
