package main

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/productsupcom/cde/openapi/format"
	"github.com/productsupcom/cde/server"
	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/faults"
)

// serveFlags are what `cded serve` may be told.
type serveFlags struct {
	web          webFlags
	database     string
	dev          bool
	auth         authFlags
	defaultImage string
	rateLimit    float64
	faults       string
}

func serveCommand(io streams) *cobra.Command {
	var flags serveFlags
	command := &cobra.Command{
		Use:   "serve",
		Short: "Serve the CDE API",
		Long: "Serve the CDE API from a database.\n\n" +
			"With --dev everything that is needed is there at once: a database under .cde/ with sample connectors, and an\n" +
			"identity provider of its own under /idp. It listens on loopback only and is not for production.",
		Example: "  cded serve --dev\n" +
			"  cded serve --db sqlite:/var/lib/cde/cde.db --issuer https://login.example.com --audience https://cde.example.com",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return serve(command.Context(), flags, io) },
	}
	set := command.Flags()
	flags.web.add(set, "127.0.0.1:8080", "address to serve /metrics on (with --dev it is on --addr)")
	databaseFlag(set, &flags.database)
	set.BoolVar(&flags.dev, "dev", false, "development: samples, identity provider, loopback only")
	flags.auth.add(set)
	set.StringVar(&flags.defaultImage, "default-image", connector.DefaultImage, "Container API image of versions that set none")
	set.Float64Var(&flags.rateLimit, "rate-limit", 0, "requests a second of one caller, 0 for no limit")
	set.StringVar(&flags.faults, "fault-addr", "", "with --dev: loopback address to script faults on, see package server/faults")
	return command
}

// serve runs the server until ctx ends.
func serve(ctx context.Context, flags serveFlags, io streams) error {
	if err := flags.check(); err != nil {
		return err
	}
	logger := newLogger(io.err)
	listener, err := listen(ctx, flags.web.address, flags.web.tlsCert, flags.web.tlsKey)
	if err != nil {
		return err
	}
	defer listener.Close()

	config := server.Config{
		DefaultImage: flags.defaultImage, BodyLimit: int64(flags.web.bodyLimit), RateLimit: flags.rateLimit,
		Pages: map[string]http.Handler{}, Metrics: newRegistry(), Logger: logger,
	}
	if flags.dev {
		if err := develop(&flags, &config, listener.Addr()); err != nil {
			return err
		}
	}
	authenticator, err := flags.auth.authenticator(logger)
	if err != nil {
		return err
	}
	config.Authenticator = authenticator
	store, err := flags.open(ctx)
	if err != nil {
		return err
	}
	defer func() { logFailure(logger, "close the database", store.Close()) }()
	config.Store = store
	if config.Pages["/docs/"], err = docsPage(authenticator, flags.auth.scopes(), logger); err != nil {
		return err
	}
	if flags.dev {
		if err := welcome(ctx, store, listener.Addr(), io.out); err != nil {
			return err
		}
	}
	return flags.run(ctx, config, authenticator, listener)
}

// open opens the database. The folder of the development server's own is made.
func (f *serveFlags) open(ctx context.Context) (connector.Store, error) {
	if f.dev && f.database == devDatabase {
		if err := os.MkdirAll(filepath.Dir(databasePath(devDatabase)), 0o700); err != nil {
			return nil, err
		}
	}
	return openStore(ctx, f.database)
}

// run serves until ctx ends; the keys of the issuer are kept fresh meanwhile.
func (f *serveFlags) run(ctx context.Context, config server.Config, authenticator *auth.Authenticator, listener net.Listener) error {
	api, err := server.New(config)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group, groupContext := errgroup.WithContext(ctx)
	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBackground()
	go authenticator.Run(background)
	if f.web.metrics != "" {
		group.Go(func() error { return serveMetrics(groupContext, f.web.metrics, config) })
	}
	layer := &faults.Layer{}
	if f.faults != "" {
		group.Go(func() error { return serveFaults(groupContext, f.faults, layer, config.Logger) })
	}
	config.Logger.Info("serving", "address", listener.Addr().String(), "database", redacted(f.database))
	group.Go(func() error {
		return server.Serve(groupContext, listener, layer.Handler(api), config.Logger, api.Drain)
	})
	return group.Wait()
}

// serveMetrics shows the metrics on an address of their own.
func serveMetrics(ctx context.Context, address string, config server.Config) error {
	listener, err := listen(ctx, address, "", "")
	if err != nil {
		return err
	}
	pages := http.NewServeMux()
	pages.Handle("GET /metrics", server.MetricsHandler(config.Metrics))
	return server.Serve(ctx, listener, pages, config.Logger, func() {})
}

// serveFaults lets testers script what goes wrong, on a port that is not the API's.
func serveFaults(ctx context.Context, address string, layer *faults.Layer, logger *slog.Logger) error {
	listener, err := listen(ctx, address, "", "")
	if err != nil {
		return err
	}
	logger.Warn("faults may be scripted", "address", listener.Addr().String())
	return server.Serve(ctx, listener, layer.Control(), logger, func() {})
}

// check refuses what cannot be served, before anything is opened. Whose tokens are good is checked with the address at hand.
func (f *serveFlags) check() error {
	if err := f.web.check(); err != nil {
		return err
	}
	switch {
	case !(f.rateLimit >= 0) || math.IsInf(f.rateLimit, 0): // NaN is not even equal to itself
		return usagef("--rate-limit %v: want 0 or more", f.rateLimit)
	case format.ContainerImage(f.defaultImage) != nil:
		return usagef("--default-image %q: want an image, such as %s", f.defaultImage, connector.DefaultImage)
	case f.dev:
		return f.checkDevelopment()
	case f.faults != "":
		return usagef("--fault-addr is for --dev only")
	case f.auth.issuer == "" || f.auth.audience == "":
		return usagef("serve needs --issuer and --audience, whose tokens it is to accept (or --dev)")
	case f.database == "":
		return usagef("serve needs --db, such as sqlite:cde.db or postgres://…  (or --dev)")
	}
	return nil
}

// checkDevelopment refuses what --dev brings itself, and what is not loopback.
func (f *serveFlags) checkDevelopment() error {
	switch {
	case !onLoopback(f.web.address):
		return usagef("--dev listens on loopback only, not on %q", f.web.address)
	case f.faults != "" && !onLoopback(f.faults):
		return usagef("--fault-addr %q: want loopback", f.faults)
	case f.web.tlsCert != "":
		return usagef("--dev serves plain http on loopback; leave --tls-cert and --tls-key out")
	case f.auth.issuer != "" || f.auth.audience != "":
		return usagef("--dev is its own issuer and audience; leave --issuer and --audience out")
	}
	return nil
}

func newRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry
}

func logFailure(logger *slog.Logger, what string, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		logger.Error("failed to "+what, "cause", err)
	}
}
