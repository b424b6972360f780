// Package cde is the OpenAPI pair for the Productsup CDE API: one contract, and a server and a client made from it.
//
//   - openapi: the contract, its releases, the formats and wire forms that it names, the generator, the checks of a change
//     (check) and the tools of others that judge it (judges)
//   - gen: what `go generate` writes from the contract; committed, edited by nobody
//   - server: the whole API as an echo server. Below it the rules (connector), the stores (sqlite, postgres, and groupcommit
//     that both share), validation (validate), token checks (auth), the gateway, the docs page (console), what development
//     and tests start (devidp, samples, faults, servertest) and the command cded
//   - client: the SDK. Below it signing in (login, tokenstore), the TypeScript side (typescript) and the command cde
package cde

//go:generate go run ./openapi/generate .
