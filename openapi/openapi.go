// Package openapi holds the contract of the CDE API, which everything else in this module is derived from.
//
// openapi.yaml is written by hand and served byte for byte; go.overlay.yaml adds what only the Go generator needs;
// PARITY.md says of each behaviour whether it is documented, inferred or this project's own decision; released/ keeps the
// contracts that callers rely on.
package openapi

import (
	_ "embed"
	"strings"
)

// YAML is the contract, OpenAPI 3.0.3, as it stands in openapi.yaml. Callers must not change it.
//
//go:embed openapi.yaml
var YAML []byte

// Parity says of each behaviour whether it is documented, inferred or this project's own decision, in Markdown. Callers
// must not change it.
//
//go:embed PARITY.md
var Parity []byte

// Changelog says what each release of the contract changed, newest first, in Markdown. `make release-contract` writes it
// from the contracts under released/. Callers must not change it.
//
//go:embed released/CHANGELOG.md
var Changelog []byte

// Version is the contract's own version, info.version in [YAML].
func Version() string {
	_, rest, _ := strings.Cut(string(YAML), "\n  version: ")
	version, _, _ := strings.Cut(rest, "\n")
	return version
}
