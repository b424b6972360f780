//go:build !unix

package storetest

import "time"

// processor returns 0: it is not measured here.
func processor() time.Duration { return 0 }
