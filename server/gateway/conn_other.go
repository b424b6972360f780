//go:build !unix

package gateway

// isQuiet cannot tell on this system: a closed connection is found out by its use.
func isQuiet(uintptr) bool { return true }
