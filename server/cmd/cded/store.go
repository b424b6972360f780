package main

import (
	"context"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/productsupcom/cde/server/connector"
	"github.com/productsupcom/cde/server/postgres"
	"github.com/productsupcom/cde/server/sqlite"
)

func databaseFlag(set *pflag.FlagSet, database *string) {
	set.StringVar(database, "db", "", "database: sqlite:PATH or postgres://…")
}

// openStore opens the database at address, makes it where there is none, and brings it to the present schema.
func openStore(ctx context.Context, address string) (connector.Store, error) {
	return open(ctx, address, false)
}

func open(ctx context.Context, address string, mustExist bool) (connector.Store, error) {
	switch scheme, _, _ := strings.Cut(address, ":"); scheme {
	case "sqlite":
		if databasePath(address) == "" {
			return nil, usagef("--db sqlite: want a path behind the colon")
		}
		return sqlite.Open(ctx, databasePath(address), sqlite.Options{MustExist: mustExist})
	case "postgres", "postgresql":
		return postgres.Open(ctx, address, postgres.Options{MustExist: mustExist})
	case "":
		return nil, usagef("--db is needed, such as sqlite:cde.db or postgres://…")
	default:
		return nil, usagef("--db: want sqlite:PATH or postgres://…") // what it is may hold a password
	}
}

// databasePath is the file of a sqlite address.
func databasePath(address string) string { return strings.TrimPrefix(address, "sqlite:") }

// chosenDatabase is address, or the development server's database where there is one and no other was asked for.
func chosenDatabase(address string) string {
	if address == "" {
		if _, err := os.Stat(databasePath(devDatabase)); err == nil {
			return devDatabase
		}
	}
	return address
}

// redacted is a database address that is fit to be read by others: without password and query. An address of several
// hosts is no URL to net/url.
func redacted(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address
	}
	rest, _, _ = strings.Cut(rest, "?")
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		user, _, _ := strings.Cut(rest[:at], ":")
		rest = user + rest[at:]
	}
	return scheme + "://" + rest
}
