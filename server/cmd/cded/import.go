package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
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
			"interrupt leaves the database as it was.\n\n" +
			"A server may run on the database meanwhile, and reads as ever. From the first record on, a SQLite database takes no\n" +
			"other change: they are answered 503 when the import takes longer than five seconds, and /readyz is red. In\n" +
			"PostgreSQL only changes of the connectors it replaces wait, at its end.",
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			source, size, err := openSource(command.Context(), args[0], streams.in)
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

// openSource opens what is to be imported; its size is -1 where nobody knows. To open it and to read it ends with ctx, however
// silent the other end of a pipe is.
func openSource(ctx context.Context, name string, stdin io.Reader) (io.ReadCloser, int64, error) {
	if name == "-" {
		return interruptible(ctx, stdin), -1, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, 0, err
	}
	if info.Mode().IsRegular() {
		file, err := os.Open(name)
		return file, info.Size(), err
	}
	return interruptible(ctx, &lazyFile{name: name}), -1, nil
}

// lazyFile opens when it is first read, which may take as long as reading.
type lazyFile struct {
	name string
	file *os.File
}

// Read is [io.Reader.Read].
func (l *lazyFile) Read(b []byte) (n int, err error) {
	if l.file == nil {
		if l.file, err = os.Open(l.name); err != nil {
			return 0, err
		}
	}
	return l.file.Read(b)
}

// interruptible is source until ctx ends; what is being read from it then is dropped.
func interruptible(ctx context.Context, source io.Reader) io.ReadCloser {
	reader, writer := io.Pipe()
	context.AfterFunc(ctx, func() { writer.CloseWithError(fmt.Errorf("interrupted: %w", ctx.Err())) })
	go func() {
		_, err := io.Copy(writer, source)
		writer.CloseWithError(err)
	}()
	return reader
}

func importRecords(ctx context.Context, store connector.Store, source io.Reader, size int64, streams streams) error {
	source, done := progress(streams.err, source, size)
	warn := func(w connector.RecordError) { fmt.Fprintln(streams.err, "warning:", w.Error()) }
	result, err := importBegun(ctx, store, connector.ReadRecords(source, warn))
	done()
	switch {
	case errors.Is(err, connector.ErrOutcomeUnknown):
		return fmt.Errorf("the import may be there or not: %w", err)
	case err != nil:
		return fmt.Errorf("nothing was imported: %w", err)
	}
	fmt.Fprintf(streams.err, "imported %d connectors with %d versions, %d of them replaced\n", result.Connectors, result.Versions, result.Replaced)
	return nil
}

// importBegun imports when the first record is there, so that a silent source locks nothing.
func importBegun(ctx context.Context, store connector.Store, records iter.Seq2[connector.Record, error]) (connector.ImportResult, error) {
	next, stop := iter.Pull2(records)
	defer stop()
	record, err, more := next()
	if err != nil {
		return connector.ImportResult{}, err
	}
	return store.Import(ctx, func(yield func(connector.Record, error) bool) {
		for more && yield(record, err) {
			record, err, more = next()
		}
	})
}

// progress is source, of which it shows rate and remaining time on a terminal until done; nothing elsewhere.
func progress(out io.Writer, source io.Reader, size int64) (reader io.Reader, done func()) {
	if !isTerminal(out) {
		return source, func() {}
	}
	bar := progressbar.NewOptions64(size,
		progressbar.OptionSetDescription("importing"), progressbar.OptionSetWriter(out), progressbar.OptionShowBytes(true),
		progressbar.OptionSetPredictTime(true), progressbar.OptionFullWidth(), progressbar.OptionClearOnFinish())
	shown := progressbar.NewReader(source, bar)
	return &shown, func() { _ = bar.Finish() }
}
