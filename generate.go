// Package cde is the OpenAPI pair for the Productsup CDE API: one contract, and a server and a client made from it.
//
//   - openapi: the contract, the formats and wire forms that it names, and the generator
//   - gen: what `go generate` writes from the contract; committed, edited by nobody
//   - server: the whole API as an echo server; below it the rules (connector), the stores (sqlite, postgres), validation
//     (validate), token checks (auth), the gateway and the command cded
//   - client: the SDK, and the command cde
package cde

//go:generate go run ./openapi/generate .
