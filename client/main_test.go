package client_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/productsupcom/cde/server/servertest"
)

// What examples call: a server with the sample connectors, a token of the connector's owner, and one of somebody else.
var (
	baseURL       string
	ownerToken    string
	strangerToken string
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	var t program
	defer t.end()
	server := servertest.New(&t)
	baseURL, ownerToken, strangerToken = server.URL, server.Token("owner"), server.Token("stranger")
	return m.Run()
}

// program lets a program that is no test have what a test may have.
type program struct {
	testing.TB
	cleanups []func()
}

func (*program) Helper()                   {}
func (*program) Context() context.Context  { return context.Background() }
func (*program) Output() io.Writer         { return os.Stderr }
func (*program) Fatal(args ...any)         { panic(fmt.Sprint(args...)) }
func (*program) Errorf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
func (p *program) Cleanup(f func())        { p.cleanups = append(p.cleanups, f) }

func (p *program) end() {
	for i := len(p.cleanups); i > 0; i-- {
		p.cleanups[i-1]()
	}
}
