package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flags are the flags that every command has.
type flags struct {
	profile, configFile, baseURL string
	output                       choice
	jq                           string
	verbose                      bool
}

// rootCommand is the tree of all commands. Operations of the API register themselves, see operation.
func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "cde",
		Short: "Change connector versions of the Productsup CDE",
		Long: `cde changes connector versions of the Productsup Connector Development Environment (CDE).

Sign in once with "cde login"; it is remembered and renewed. Every operation prints the connector version as it is
then on standard output (-o json for scripts) and says on standard error what changed.`,
		Example: `  cde login --profile staging
  cde container-api set 497f6eca-6276-4993-bfeb-53cbbbba6f08 1 --version-constraint "^0.20"
  cde migration rollback 497f6eca-6276-4993-bfeb-53cbbbba6f08 main -o json --jq .state`,
		SilenceUsage: true, SilenceErrors: true,
		Version:           version(),
		PersistentPreRunE: a.prepare,
	}
	a.addFlags(root)
	root.AddGroup(&cobra.Group{ID: "operations", Title: "Operations:"}, &cobra.Group{ID: "session", Title: "Signing in:"})
	root.AddCommand(a.loginCommand(), a.logoutCommand(), a.authCommand(), a.versionCommand(), a.manCommand())
	root.AddCommand(topics()...)
	a.addOperations(root)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd("")
	a.refine(root)
	return root
}

func (a *app) addFlags(root *cobra.Command) {
	a.flags.output = choice{value: "table", of: []string{"table", "json", "yaml"}}
	set := root.PersistentFlags()
	set.StringVar(&a.flags.profile, "profile", "", "which API to talk to: production (default), staging, local or one of your own")
	set.StringVar(&a.flags.configFile, "config", "", "settings `file` (default "+defaultConfigFile+")")
	set.StringVar(&a.flags.baseURL, "base-url", "", "where the API is, instead of the profile's `URL`")
	set.VarP(&a.flags.output, "output", "o", "how to print data: table, json or yaml")
	set.StringVar(&a.flags.jq, "jq", "", "print what this jq `expression` makes of the data; texts are printed bare")
	set.BoolVarP(&a.flags.verbose, "verbose", "v", false, "log every request on standard error, without secrets")
	_ = root.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(a.flags.output.of, cobra.ShellCompDirectiveNoFileComp))
	_ = root.RegisterFlagCompletionFunc("profile", a.completeProfile)
	_ = root.RegisterFlagCompletionFunc("base-url", cobra.NoFileCompletions)
	_ = root.RegisterFlagCompletionFunc("jq", cobra.NoFileCompletions)
}

// refine makes commands that only hold others refuse what they do not know, and notes when a command starts.
func (a *app) refine(command *cobra.Command) {
	for _, child := range command.Commands() {
		a.refine(child)
	}
	if command.HasSubCommands() && command.RunE == nil {
		command.Args = knownCommand
		command.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	}
	if inner := command.RunE; inner != nil {
		command.RunE = func(c *cobra.Command, args []string) error {
			a.running = c.CommandPath()
			return inner(c, args)
		}
	}
}

func knownCommand(command *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	text := fmt.Sprintf("unknown command %q", args[0])
	command.SuggestionsMinimumDistance = 2
	if like := command.SuggestionsFor(args[0]); len(like) > 0 {
		text += ", did you mean " + strings.Join(like, " or ") + "?"
	}
	return fmt.Errorf("%s", text)
}

// prepare gives flags that are not on the command line their value from the environment, and settles which API is meant.
func (a *app) prepare(command *cobra.Command, _ []string) error {
	var refused error
	command.Flags().VisitAll(func(flag *pflag.Flag) {
		name := environmentName(flag.Name)
		value := a.getenv(name)
		if flag.Changed || value == "" || flag.Name == "help" || flag.Name == "version" || refused != nil {
			return
		}
		if err := command.Flags().Set(flag.Name, value); err != nil {
			refused = fmt.Errorf("environment %s: %w", name, err)
		}
	})
	if refused != nil {
		return refused
	}
	if _, err := a.query(); err != nil {
		return err
	}
	var err error
	a.config, err = a.readConfig()
	return err
}

// environmentName is the variable that gives a flag its default: CDE_BASE_URL for --base-url.
func environmentName(flag string) string {
	return "CDE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// choice is a flag with a few possible values.
type choice struct {
	value string
	of    []string
}

// String returns the value.
func (c *choice) String() string { return c.value }

// Type is what help calls the value.
func (c *choice) Type() string { return strings.Join(c.of, "|") }

// Set refuses what is not among the choices.
func (c *choice) Set(value string) error {
	if !slices.Contains(c.of, value) {
		return fmt.Errorf("want %s", strings.Join(c.of, ", "))
	}
	c.value = value
	return nil
}

// optional is a text flag that is nil until it is given, so that an empty text is not taken for none.
type optional struct{ to **string }

// String returns the text, "" for none.
func (o optional) String() string {
	if o.to == nil || *o.to == nil {
		return ""
	}
	return **o.to
}

// Type is what help calls the value.
func (o optional) Type() string { return "string" }

// Set keeps the text.
func (o optional) Set(value string) error {
	*o.to = &value
	return nil
}
