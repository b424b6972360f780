package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/productsupcom/cde/openapi"
)

// TestMistakesOnPurpose: a mistake in the command line ends with 2 and a sentence that helps, a failure with 1.
func TestMistakesOnPurpose(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "no", "such.db")
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
		{name: "issuer on plain http", args: "serve --addr 127.0.0.1:0 --db sqlite:" + missing + " --issuer http://login.example.com --audience b", code: 1},
		{name: "key without certificate", args: "serve --dev --tls-key k.pem", code: 2, says: "go together"},
		{name: "bad size", args: "serve --dev --body-limit huge", code: 2, says: "want a size such as 64KiB"},
		{name: "bad environment", args: "serve --dev", environment: map[string]string{"CDE_BODY_LIMIT": "huge"}, code: 2, says: "CDE_BODY_LIMIT"},
		{name: "unknown database", args: "migrate --db mysql://root:secret@host/db?x=secret", code: 2, says: "want sqlite:PATH or postgres://"},
		{name: "unreachable database", args: "migrate --db postgres://root:secret@127.0.0.1:1,127.0.0.1:2/db?connect_timeout=1&options=secret", code: 1},
		{name: "no path", args: "migrate --db sqlite:", code: 2, says: "want a path"},
		{name: "no uuid", args: "connectors show x --db sqlite:" + missing, code: 2, says: "uuid"},
		{name: "no form", args: "connectors list -o xml", code: 2, says: "want table or json"},
		{name: "no file", args: "connectors import /no/such/file --db sqlite:" + missing, code: 1, says: "no such file"},
		{name: "no folder", args: "migrate --db sqlite:" + missing, code: 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			out, talk, code := cded(t, "", row.environment, strings.Fields(row.args)...)
			if code != row.code || !strings.Contains(talk, row.says) {
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
	if entries, err := os.ReadDir(filepath.Dir(filepath.Dir(missing))); err != nil || len(entries) > 0 {
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
