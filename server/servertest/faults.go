package servertest

import "github.com/productsupcom/cde/server/faults"

// WithFaults puts a layer of faults between the server and its callers. Its script may be set before the server starts or
// while it runs.
func WithFaults(layer *faults.Layer) Option { return WithHandler(layer.Handler) }
