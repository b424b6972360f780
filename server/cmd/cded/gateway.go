package main

import (
	"context"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/server"
	"github.com/productsupcom/cde/server/gateway"
)

// gatewayFlags are what `cded gateway` may be told.
type gatewayFlags struct {
	web       webFlags
	upstream  string
	spec      string
	mode      string
	responses string
	verify    string
	auth      authFlags
	timeout   time.Duration
}

func gatewayCommand(io streams) *cobra.Command {
	var flags gatewayFlags
	command := &cobra.Command{
		Use:   "gateway",
		Short: "Guard another server with a contract",
		Long: "Forward to another server what its contract allows, and refuse the rest.\n\n" +
			"The contract is the CDE API's, or any OpenAPI 3.0 document by --spec; SIGHUP reads that file again. With --mode report\n" +
			"nothing is refused: what would have been is logged and counted. An answer that breaks the contract is let through\n" +
			"(--responses off or report) or becomes a 502 (block). With --auth forward a token must be there where the contract asks for\n" +
			"one, and the upstream verifies it.",
		Example: "  cded gateway --upstream http://127.0.0.1:8080 --auth forward\n" +
			"  cded gateway --upstream https://shop.internal/api --spec shop.yaml --mode report --auth forward --metrics-addr 127.0.0.1:9090",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return guard(command.Context(), flags, io) },
	}
	set := command.Flags()
	flags.web.add(set, "127.0.0.1:8081", "address to serve /metrics on")
	set.StringVar(&flags.upstream, "upstream", "", "base URL of the server to guard")
	set.StringVar(&flags.spec, "spec", "", "OpenAPI 3.0 document, YAML or JSON (default: the CDE API's)")
	set.StringVar(&flags.mode, "mode", "block", "what to do with a request that breaks the contract: block or report")
	set.StringVar(&flags.responses, "responses", "off", "what to do with such an answer: off, report or block")
	set.StringVar(&flags.verify, "auth", "verify", "who verifies tokens: verify (the gateway) or forward (the upstream)")
	flags.auth.add(set)
	set.DurationVar(&flags.timeout, "upstream-timeout", gateway.DefaultUpstreamTimeout, "longest wait for the upstream")
	return command
}

// guard runs the gateway until ctx ends.
func guard(ctx context.Context, flags gatewayFlags, io streams) error {
	if err := flags.check(); err != nil {
		return err
	}
	logger, registry := newLogger(io.err), newRegistry()
	config, err := flags.config(logger, registry)
	if err != nil {
		return err
	}
	if flags.verify == "verify" {
		authenticator, err := flags.auth.authenticator(logger)
		if err != nil {
			return err
		}
		config.Authenticator = authenticator
		background, stop := context.WithCancel(context.WithoutCancel(ctx))
		defer stop()
		go authenticator.Run(background)
	}
	guarding, err := gateway.New(config)
	if err != nil {
		return usageError{err}
	}
	defer guarding.Close()
	listener, err := listen(ctx, flags.web.address, flags.web.tlsCert, flags.web.tlsKey)
	if err != nil {
		return err
	}
	defer listener.Close()
	return flags.run(ctx, guarding, registry, logger, listener)
}

// run serves until ctx ends. SIGHUP reads the contract again meanwhile.
func (f *gatewayFlags) run(ctx context.Context, guarding *gateway.Gateway, registry *prometheus.Registry, logger *slog.Logger, listener net.Listener) error {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group, groupContext := errgroup.WithContext(ctx)
	group.Go(func() error {
		for {
			select {
			case <-groupContext.Done():
				return nil
			case <-hangups:
				f.reload(guarding, logger)
			}
		}
	})
	if f.web.metrics != "" {
		group.Go(func() error {
			return serveMetrics(groupContext, f.web.metrics, server.Config{Metrics: registry, Logger: logger})
		})
	}
	if f.mode == string(gateway.Report) {
		logger.Warn("nothing is refused: --mode report only counts")
	}
	logger.Info("serving", "address", listener.Addr().String(), "upstream", f.upstream, "mode", f.mode, "responses", f.responses, "auth", f.verify)
	group.Go(func() error {
		defer stop()
		return server.Serve(groupContext, listener, guarding, logger, guarding.Drain)
	})
	return group.Wait()
}

// reload reads the contract's file again. A file that cannot be used changes nothing.
func (f *gatewayFlags) reload(guarding *gateway.Gateway, logger *slog.Logger) {
	spec, err := f.contract()
	if err == nil {
		err = guarding.Reload(spec)
	}
	if err != nil {
		logger.Error("the new contract is not used, the former one stays", "spec", f.spec, "cause", err)
		return
	}
	logger.Info("the contract was read again", "spec", f.spec)
}

func (f *gatewayFlags) contract() ([]byte, error) {
	if f.spec == "" {
		return openapi.YAML, nil
	}
	return os.ReadFile(f.spec)
}

func (f *gatewayFlags) config(logger *slog.Logger, registry *prometheus.Registry) (gateway.Config, error) {
	spec, err := f.contract()
	return gateway.Config{
		Upstream: f.upstream, Spec: spec, Requests: gateway.Mode(f.mode), Answers: gateway.Mode(f.responses),
		UpstreamTimeout: f.timeout, BodyLimit: int64(f.web.bodyLimit), Metrics: registry, Logger: logger,
	}, err
}

// check refuses what cannot be served, before anything is opened.
func (f *gatewayFlags) check() error {
	if err := f.web.check(); err != nil {
		return err
	}
	switch {
	case f.upstream == "":
		return usagef("gateway needs --upstream, the URL of the server to guard")
	case f.mode != "block" && f.mode != "report":
		return usagef("--mode %q: want block or report", f.mode)
	case f.responses != "off" && f.responses != "report" && f.responses != "block":
		return usagef("--responses %q: want off, report or block", f.responses)
	case f.verify != "verify" && f.verify != "forward":
		return usagef("--auth %q: want verify or forward", f.verify)
	case f.verify == "verify" && (f.auth.issuer == "" || f.auth.audience == ""):
		return usagef("gateway needs --issuer and --audience, whose tokens it is to accept (or --auth forward)")
	case f.verify == "forward" && (f.auth.issuer != "" || f.auth.audience != ""):
		return usagef("--auth forward verifies nothing; leave --issuer and --audience out")
	case f.timeout <= 0:
		return usagef("--upstream-timeout %v: want more than 0", f.timeout)
	}
	return nil
}
