package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"text/tabwriter"

	"github.com/productsupcom/cde/server"
	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/devidp"
	"github.com/productsupcom/cde/server/samples"
)

// devDatabase is where a development server keeps its connectors.
const devDatabase = "sqlite:.cde/dev.db"

// develop fills in what --dev brings along: the database, an identity provider under /idp, and /metrics.
func develop(flags *serveFlags, config *server.Config, address net.Addr) error {
	if flags.database == "" {
		flags.database = devDatabase
	}
	base := baseURL(address)
	flags.auth.issuer, flags.auth.audience = base+"/idp", base
	provider, err := devidp.New(devidp.Config{
		Issuer: flags.auth.issuer, Audience: flags.auth.audience, Scopes: flags.auth.scopes(),
		Admin: devidp.Claim{Name: flags.auth.adminClaim, Value: flags.auth.adminValue}, Logger: config.Logger,
	})
	if err != nil {
		return err
	}
	config.Pages["/metrics"] = server.MetricsHandler(config.Metrics)
	for _, pattern := range provider.Patterns() {
		config.Pages[pattern] = provider
	}
	return nil
}

// welcome imports the samples into an empty store and says what there is to try.
func welcome(ctx context.Context, store connector.Store, address net.Addr, out io.Writer) error {
	empty, err := isEmpty(ctx, store)
	if err != nil {
		return err
	}
	if empty {
		if _, err := store.Import(ctx, connector.ReadRecords(bytes.NewReader(samples.JSON), nil)); err != nil {
			return fmt.Errorf("import the samples: %w", err)
		}
	}
	base := baseURL(address)
	fmt.Fprintf(out, "Development server on loopback, not for production.\n\n"+
		"  API       %[1]s\n  docs      %[1]s/docs/\n  contract  %[1]s/openapi.yaml\n  sign-in   %[1]s/idp\n\n", base)
	personas(out)
	fmt.Fprintf(out, "\nTry it:\n\n"+
		"  TOKEN=$(curl -s -d grant_type=client_credentials -d client_id=owner %[1]s/idp/token | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n"+
		"  curl -X PUT \"%[1]s/connectors/%[2]s/versions/1/execution-config/container-api\" \\\n"+
		"    -H \"Authorization: Bearer $TOKEN\" -H \"Content-Type: application/json\" \\\n"+
		"    -d '{\"image\": \"test.domain.docker/test/container-api-image:1.0.0\", \"version-constraint\": \"^0.20\"}'\n"+
		"  curl -X POST \"%[1]s/connectors/%[3]s/versions/1/migration/rollback\" -H \"Authorization: Bearer $TOKEN\"\n\n",
		base, samples.ContainerAPI, samples.Rollback)
	return nil
}

func isEmpty(ctx context.Context, store connector.Store) (bool, error) {
	for _, err := range store.List(ctx) {
		return false, err
	}
	return true, nil
}

// personas lists who can sign in.
func personas(out io.Writer) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, persona := range devidp.Personas() {
		fmt.Fprintf(table, "  %s\t%s\t%s\n", persona.Name, persona.Subject, persona.About)
	}
	_ = table.Flush()
}

func baseURL(address net.Addr) string { return "http://" + address.String() }
