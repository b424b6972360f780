package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/productsupcom/cde/server/connector"
)

func importCommand(streams streams) *cobra.Command {
	var database string
	command := &cobra.Command{
		Use:   "import FILE",
		Short: "Import connectors with their versions, all or none",
		Long: "Import connectors with their versions from FILE, or from standard input for -.\n\n" +
			"The file is a JSON array or one JSON object a line, as export writes them. A connector that is there already is\n" +
			"replaced with all its versions; histories stay. The import is one transaction: a bad line, an error or an\n" +
			"interrupt leaves the database as it was.",
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			source, size, err := openSource(args[0], streams.in)
			if err != nil {
				return err
			}
			defer source.Close()
			return withNewStore(command.Context(), database, func(store connector.Store) error {
				return importRecords(command.Context(), store, source, size, streams)
			})
		},
	}
	databaseFlag(command.Flags(), &database)
	return command
}

// openSource opens what is to be imported; its size is -1 where nobody knows.
func openSource(name string, stdin io.Reader) (io.ReadCloser, int64, error) {
	if name == "-" {
		return io.NopCloser(stdin), -1, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return file, -1, err
	}
	return file, info.Size(), nil
}

func importRecords(ctx context.Context, store connector.Store, source io.Reader, size int64, streams streams) error {
	bar := progress(streams.err, size, "importing")
	reader := progressbar.NewReader(source, bar)
	warn := func(w connector.RecordError) { fmt.Fprintln(streams.err, "warning:", w.Error()) }
	result, err := store.Import(ctx, connector.ReadRecords(&reader, warn))
	_ = bar.Finish()
	if err != nil {
		return fmt.Errorf("nothing was imported: %w", err)
	}
	fmt.Fprintf(streams.err, "imported %d connectors with %d versions, %d of them replaced\n", result.Connectors, result.Versions, result.Replaced)
	return nil
}

// progress shows rate and remaining time on a terminal, and nothing elsewhere.
func progress(out io.Writer, size int64, what string) *progressbar.ProgressBar {
	if !isTerminal(out) {
		return progressbar.DefaultBytesSilent(size, what)
	}
	return progressbar.NewOptions64(size,
		progressbar.OptionSetDescription(what), progressbar.OptionSetWriter(out), progressbar.OptionShowBytes(true),
		progressbar.OptionSetPredictTime(true), progressbar.OptionFullWidth(), progressbar.OptionClearOnFinish())
}
