package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"

	"github.com/spf13/pflag"

	"github.com/productsupcom/cde/server/auth"
	"github.com/productsupcom/cde/server/validate"
)

// webFlags say where and how a command listens: for the API or what stands in front of it.
type webFlags struct {
	address   string
	bodyLimit byteSize
	tlsCert   string
	tlsKey    string
	metrics   string
}

func (f *webFlags) add(set *pflag.FlagSet, address, metrics string) {
	f.bodyLimit = validate.DefaultBodyLimit
	set.StringVar(&f.address, "addr", address, "address to listen on")
	set.Var(&f.bodyLimit, "body-limit", "largest request body")
	set.StringVar(&f.tlsCert, "tls-cert", "", "PEM file with the certificate chain to serve TLS with")
	set.StringVar(&f.tlsKey, "tls-key", "", "PEM file with the key of --tls-cert")
	set.StringVar(&f.metrics, "metrics-addr", "", metrics)
}

// check refuses what cannot be listened on, before anything is opened.
func (f *webFlags) check() error {
	_, _, err := net.SplitHostPort(f.address)
	_, _, metricsErr := net.SplitHostPort(f.metrics)
	switch {
	case err != nil:
		return usagef("--addr %q: want host:port", f.address)
	case f.metrics != "" && metricsErr != nil:
		return usagef("--metrics-addr %q: want host:port", f.metrics)
	case (f.tlsCert == "") != (f.tlsKey == ""):
		return usagef("--tls-cert and --tls-key go together")
	}
	return nil
}

func onLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && auth.Loopback(host)
}

// listen listens on address, with TLS where a certificate is given.
func listen(ctx context.Context, address, certificate, key string) (net.Listener, error) {
	var settings net.ListenConfig
	if certificate == "" {
		return settings.Listen(ctx, "tcp", address)
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
	}
	listener, err := settings.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return tls.NewListener(listener, &tls.Config{
		Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
	}), nil
}
