package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/productsupcom/cde/server/connector"
)

// followInterval is how often `history --follow` looks for new events.
const followInterval = 300 * time.Millisecond

func historyCommand(io streams) *cobra.Command {
	var database string
	var form output
	var follow bool
	command := &cobra.Command{
		Use:   "history PUBLIC-ID VERSION",
		Short: "Print every change of a version, oldest first",
		Args:  cobra.ExactArgs(2),
		RunE: func(command *cobra.Command, args []string) error {
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			return withStore(command.Context(), database, func(store connector.Store) error {
				number, err := resolve(command.Context(), store, id, args[1])
				if err != nil {
					return err
				}
				return history(command.Context(), store, id, number, form, follow, io)
			})
		},
	}
	databaseFlag(command.Flags(), &database)
	form.add(command)
	command.Flags().BoolVarP(&follow, "follow", "f", false, "go on printing changes as they come, until interrupted")
	return command
}

// history prints the events of a version; to follow them is to ask for those behind the last one seen.
func history(ctx context.Context, store connector.Store, id connector.PublicID, number int, form output, follow bool, io streams) error {
	print := eventPrinter(form, io)
	var last int64
	for {
		for event, err := range store.History(ctx, id, number, last) {
			if err == nil {
				err = print(event)
			}
			if follow && ctx.Err() != nil {
				return nil // to be interrupted is its usual end
			}
			if err != nil {
				return err
			}
			last = event.Sequence
		}
		if !follow {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(followInterval):
		}
	}
}

// printedEvent is an event in `history -o json`.
type printedEvent struct {
	Time      time.Time                `json:"time"`
	Subject   string                   `json:"subject"`
	Operation string                   `json:"operation"`
	RequestID string                   `json:"request-id"`
	Changes   map[string]printedChange `json:"changes"`
}

type printedChange struct {
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
}

func eventPrinter(form output, io streams) func(connector.Event) error {
	if form == "json" {
		encoder := json.NewEncoder(io.out)
		encoder.SetEscapeHTML(false)
		return func(event connector.Event) error {
			out := printedEvent{event.Time, event.Subject, event.Operation, event.RequestID, map[string]printedChange{}}
			for _, change := range event.Changes {
				out.Changes[change.Path] = printedChange{change.Before, change.After}
			}
			return encoder.Encode(out)
		}
	}
	return func(event connector.Event) error {
		var text strings.Builder
		fmt.Fprintf(&text, "%s  %s  by %s  request %s\n", event.Time.Format(time.RFC3339), event.Operation, event.Subject, event.RequestID)
		for _, change := range event.Changes {
			fmt.Fprintf(&text, "    %s: %s → %s\n", change.Path, change.Before, change.After)
		}
		_, err := fmt.Fprint(io.out, text.String())
		return err
	}
}
