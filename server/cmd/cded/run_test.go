package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/productsupcom/cde/openapi"
	"github.com/productsupcom/cde/server/samples"
)

// TestMistakesOnPurpose: a mistake in the command line ends with 2 and a sentence that helps, a failure with 1.
func TestMistakesOnPurpose(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	missing := filepath.Join(folder, "no", "such.db")
	production := "serve --addr 127.0.0.1:0 --db sqlite:new.db --audience b --issuer "
	for _, row := range []struct {
		name        string
		args        string
		environment map[string]string
		code        int
		says        string
	}{
		{name: "no command", args: "", code: 2, says: "a command is needed"},
		{name: "unknown command", args: "sevre", code: 2, says: `unknown command "sevre"`},
		{name: "unknown command of a group", args: "connectors improt", code: 2, says: `unknown command "improt"`},
		{name: "unknown flag", args: "serve --nonsense", code: 2, says: "unknown flag: --nonsense"},
		{name: "argument too many", args: "serve now", code: 2, says: "now"},
		{name: "argument too few", args: "connectors import", code: 2, says: "accepts 1 arg(s)"},
		{name: "no issuer", args: "serve --db sqlite:x.db", code: 2, says: "--issuer and --audience"},
		{name: "no database", args: "serve --issuer https://a --audience b", code: 2, says: "--db"},
		{name: "dev to the world", args: "serve --dev --addr 0.0.0.0:0", code: 2, says: "loopback only"},
		{name: "dev to every address", args: "serve --dev --addr :0", code: 2, says: "loopback only"},
		{name: "dev with an issuer", args: "serve --dev --issuer https://a", code: 2, says: "leave --issuer"},
		{name: "dev with an audience", args: "serve --dev --audience b", code: 2, says: "leave --issuer and --audience out"},
		{name: "dev with TLS", args: "serve --dev --tls-cert c.pem --tls-key k.pem", code: 2, says: "plain http"},
		{name: "issuer on plain http", args: production + "http://login.example.com", code: 2, says: "want https, or http on loopback"},
		{name: "issuer that is none", args: production + "login.example.com", code: 2, says: "want scheme, host and path only"},
		{name: "token type without a name", args: production + "https://a --token-types at+jwt,,", code: 2, says: "token types"},
		{name: "token type without a name in dev", args: "serve --dev --addr 127.0.0.1:0 --token-types at+jwt,,", code: 2, says: "token types"},
		{name: "no secret", args: production + "https://a --introspection-client c --introspection-secret-file " + missing, code: 1, says: "no such file"},
		{name: "bad image", args: production + "https://a --default-image Not:An:Image", code: 2, says: "--default-image"},
		{name: "bad image in dev", args: "serve --dev --addr 127.0.0.1:0 --default-image Not:An:Image", code: 2, says: "--default-image"},
		{name: "rate below 0", args: production + "https://a --rate-limit -1", code: 2, says: "--rate-limit"},
		{name: "rate that is none", args: production + "https://a --rate-limit NaN", code: 2, says: "--rate-limit"},
		{name: "rate without end", args: production + "https://a --rate-limit Inf", code: 2, says: "--rate-limit"},
		{name: "metrics nowhere", args: production + "https://a --metrics-addr 9090", code: 2, says: "--metrics-addr"},
		{name: "key without certificate", args: production + "https://a --tls-key k.pem", code: 2, says: "go together"},
		{name: "certificate that is not there", args: production + "https://a --tls-cert c.pem --tls-key k.pem", code: 1, says: "no such file"},
		{name: "bad size", args: "serve --dev --body-limit huge", code: 2, says: "want a size such as 64KiB"},
		{name: "bad environment", args: "serve --dev", environment: map[string]string{"CDE_BODY_LIMIT": "huge"}, code: 2, says: "CDE_BODY_LIMIT"},
		{name: "two scopes in the environment", args: production + "https://a", environment: map[string]string{"CDE_REQUIRED_SCOPE": "a b"}, code: 2, says: "not one scope"},
		{name: "unknown database", args: "migrate --db mysql://root:secret@host/db?x=secret", code: 2, says: "want sqlite:PATH or postgres://"},
		{name: "database without slashes", args: "migrate --db mysql:root:secret@host/db", code: 2, says: "want sqlite:PATH or postgres://"},
		{name: "database in key words", args: "migrate --db password=secret", code: 2, says: "want sqlite:PATH or postgres://"},
		{name: "unreachable database", args: "migrate --db postgres://root:secret@127.0.0.1:1,127.0.0.1:2/db?connect_timeout=1&options=secret", code: 1, says: "refused"},
		{name: "no path", args: "migrate --db sqlite:", code: 2, says: "want a path"},
		{name: "no uuid", args: "connectors show x --db sqlite:" + missing, code: 2, says: "uuid"},
		{name: "no form", args: "connectors list -o xml", code: 2, says: "want table or json"},
		{name: "no file", args: "connectors import /no/such/file --db sqlite:" + missing, code: 1, says: "no such file"},
		{name: "no folder", args: "migrate --db sqlite:" + missing, code: 1, says: "no such file"},
	} {
		t.Run(row.name, func(t *testing.T) {
			out, talk, code := cded(t, "", row.environment, strings.Fields(row.args)...)
			if row.says == "" || code != row.code || !strings.Contains(talk, row.says) {
				t.Errorf("exit %d, want %d, saying %q:\n%s", code, row.code, row.says, talk)
			}
			if row.name != "no command" && out != "" {
				t.Errorf("standard output: %s", out)
			}
			if strings.Contains(talk, "secret") {
				t.Errorf("a password or a query is printed: %s", talk)
			}
		})
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 {
		t.Errorf("a mistake left something behind: %v, %v", entries, err)
	}
}

func TestHelpAndVersion(t *testing.T) {
	out, _, code := cded(t, "", nil, "--help")
	for _, word := range []string{"serve", "connectors", "migrate", "backup", "version", "CDE_DB"} {
		if code != 0 || !strings.Contains(out, word) {
			t.Errorf("exit %d; the help does not speak of %s:\n%s", code, word, out)
		}
	}
	out, _, code = cded(t, "", nil, "version")
	if code != 0 || !strings.Contains(out, "contract "+openapi.Version()) {
		t.Errorf("exit %d: %s", code, out)
	}
}

func TestFlagsAroundArguments(t *testing.T) {
	db := database(t)
	for _, args := range [][]string{
		{"connectors", "import", "--db", db, "-"},
		{"connectors", "import", "-", "--db", db},
	} {
		if _, talk, code := cded(t, "", nil, args...); code != 0 {
			t.Errorf("%q: exit %d: %s", args, code, talk)
		}
	}
	if _, talk, code := cded(t, "", map[string]string{"CDE_DB": db}, "connectors", "list"); code != 0 {
		t.Errorf("CDE_DB: exit %d: %s", code, talk)
	}
}

// TestEnvironment: a default from the environment is for the commands that have the flag, is overruled by the flag, and is
// complained about once.
func TestEnvironment(t *testing.T) {
	db := database(t)
	if _, talk, code := cded(t, string(samples.JSON), nil, "connectors", "import", "-", "--db", db); code != 0 {
		t.Fatal(talk)
	}
	yaml, json := map[string]string{"CDE_OUTPUT": "yaml", "CDE_DB": db}, map[string]string{"CDE_OUTPUT": "json", "CDE_DB": db}
	for _, row := range []struct {
		name        string
		args        string
		environment map[string]string
		out, talk   string
		code        int
	}{
		{name: "of other commands", args: "version", environment: yaml, out: "contract"},
		{name: "overruled by the flag", args: "connectors list -o json", environment: yaml, out: `{"public-id"`},
		{name: "good", args: "connectors list", environment: json, out: `{"public-id"`},
		{name: "bad", args: "connectors list", environment: yaml, talk: "environment CDE_OUTPUT: want table or json", code: 2},
		{name: "bad, but help is wanted", args: "connectors list --help", environment: yaml, out: "Usage:"},
		{name: "a list", args: "connectors export", environment: map[string]string{"CDE_DB": db, "CDE_PUBLIC_ID": samples.Rollback}, out: "omdb", talk: "exported 1 connectors"},
	} {
		t.Run(row.name, func(t *testing.T) {
			out, talk, code := cded(t, "", row.environment, strings.Fields(row.args)...)
			if code != row.code || !strings.Contains(out, row.out) || !strings.Contains(talk, row.talk) || row.talk != "" && strings.Count(talk, row.talk) != 1 {
				t.Errorf("exit %d\n%s%s", code, out, talk)
			}
		})
	}
}
