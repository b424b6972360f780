package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/productsupcom/cde/client"
	"github.com/productsupcom/cde/gen/api"
)

// operation is the command of one operation of the contract on a connector version. A file that has one appends it to
// operations when the program starts: nothing else lists them.
type operation struct {
	id         string // operationId in the contract
	group      string // the command that it is under
	groupShort string // help of that command
	use        string // name of the command; PUBLIC-ID and VERSION follow
	short      string
	long       string
	example    string
	done       string // what was done, for a person
	flags      func(*pflag.FlagSet)
	required   []string // flags that must be given
	call       func(context.Context, *client.Client, target, ...client.CallOption) (*api.ConnectorVersion, error)
}

// operations make the commands anew for every run.
var operations []func() operation

// target is the connector version that an operation is about.
type target struct {
	publicID string
	version  client.Version
}

const targetHelp = `

PUBLIC-ID is the connector's id, a UUID. VERSION is a major version number (1 for 1.0.5), "latest" for the highest
version, or "main" for the one that is released.`

func (a *app) addOperations(root *cobra.Command) {
	for _, operation := range operations {
		o := operation()
		group, _, err := root.Find([]string{o.group})
		if err != nil || group == root {
			group = &cobra.Command{Use: o.group, Short: o.groupShort, GroupID: "operations"}
			root.AddCommand(group)
		}
		group.AddCommand(a.operationCommand(o))
	}
}

func (a *app) operationCommand(o operation) *cobra.Command {
	var dryRun bool
	command := &cobra.Command{
		Use: o.use + " PUBLIC-ID VERSION", Short: o.short, Long: o.long + targetHelp, Example: o.example,
		Annotations:       map[string]string{"operationId": o.id},
		Args:              arguments("PUBLIC-ID", "VERSION"),
		ValidArgsFunction: a.completeTarget,
		RunE: func(command *cobra.Command, args []string) error {
			version, _ := client.ParseVersion(args[1]) // the SDK refuses it together with all else that is wrong
			to := target{args[0], version}
			if dryRun {
				return a.dryRun(command.Context(), o, to)
			}
			return a.execute(command.Context(), o, to)
		},
	}
	command.Flags().BoolVar(&dryRun, "dry-run", false, "print the request instead of sending it; needs no sign-in")
	if o.flags != nil {
		o.flags(command.Flags())
	}
	for _, name := range o.required {
		_ = command.MarkFlagRequired(name)
	}
	return command
}

// execute calls the operation, prints its answer and tells what it changed.
func (a *app) execute(ctx context.Context, o operation, to target) error {
	tokens, err := a.tokenSource()
	if err != nil {
		return err
	}
	cde, err := a.client(client.WithTokenSource(tokens))
	if err != nil {
		return err
	}
	var response client.Response
	stop := a.spin(o.short)
	result, err := o.call(ctx, cde, to, client.WithResponseInto(&response))
	stop()
	if err != nil {
		return err
	}
	answer, err := answerData(response.Body)
	if err != nil {
		return err
	}
	a.tell("%s (%s %s, version %s)", o.done, result.Name, to.publicID, result.Version)
	a.tellChanges(to.publicID, result.Version, answer)
	return a.print(answer, versionRows(to.publicID, result))
}

// client is the SDK as flags and profile want it.
func (a *app) client(options ...client.Option) (*client.Client, error) {
	options = append(options, client.WithBaseURL(a.config.BaseURL), client.WithUserAgent("cde/"+version()))
	if a.flags.verbose {
		handler := slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: slog.LevelDebug})
		options = append(options, client.WithLogger(slog.New(handler)))
	}
	cde, err := client.New(options...)
	if err != nil {
		return nil, usageError{command: "cde", err: err}
	}
	return cde, nil
}

// arguments wants exactly the named ones.
func arguments(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < len(names) {
			return fmt.Errorf("%s is missing", strings.Join(names[len(args):], " and "))
		}
		if len(args) > len(names) {
			return fmt.Errorf("unexpected argument %q", args[len(names)])
		}
		return nil
	}
}

// versionRows are what a person wants to know of a connector version.
func versionRows(publicID string, v *api.ConnectorVersion) [][2]string {
	execution := v.Config.Execution
	image := "(default)"
	if execution.ContainerAPI.Image != nil {
		image = *execution.ContainerAPI.Image
	}
	rows := [][2]string{
		{"Connector", publicID},
		{"Name", v.Name},
		{"Version", v.Version},
		{"State", v.State},
		{"Container API image", image},
		{"Container API version", execution.ContainerAPI.VersionConstraint},
		{"Effective image", execution.ContainerAPIImage},
	}
	if v.Config.Migration != nil {
		rows = append(rows, [2]string{"Legacy executable", fmt.Sprint(v.Config.Migration.LegacyExecutable)})
	}
	if executable := v.PlatformProdReference.Executable; executable != nil {
		rows = append(rows, [2]string{"Production executable", fmt.Sprint(*executable)})
	}
	return append(rows, [2]string{"Updated", v.UpdatedAt.Format("2006-01-02 15:04:05 -07:00")})
}
