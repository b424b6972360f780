// Command cde changes connector versions of the Productsup CDE from a terminal or a script.
//
// `cde --help` is its manual, `cde help exit-codes`, `environment` and `profiles` the chapters that scripts need.
// Data goes to standard output, talk to standard error.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal kills
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	if err != nil {
		os.Exit(exitCode(err))
	}
}
