package format

import (
	_ "crypto/sha256" // digests are refused unless their algorithm is linked
	_ "crypto/sha512"
	"hash/maphash"
	"strings"
	"sync/atomic"

	"github.com/distribution/reference"
)

// MaxImageLength is how many characters a container image may have.
const MaxImageLength = 512

// ContainerImage returns nil if s is a reference to a container image as docker pull reads it: an optional
// registry, a repository path, an optional tag and an optional digest (sha256, sha384 or sha512), such as
// test.domain.docker/test/container-api-image:1.0.0. Else it is an [Error]: [Blank], [TooLong] with
// [MaxImageLength], or [Invalid]. The grammar is that of github.com/distribution/reference.
func ContainerImage(s string) error {
	slot := &accepted[maphash.String(seed, s)%uint64(len(accepted))]
	if known := slot.Load(); known != nil && *known == s {
		return nil
	}
	if err := check(s, MaxImageLength); err != nil {
		return err
	}
	if _, err := reference.ParseNormalizedNamed(s); err != nil {
		return Invalid
	}
	kept := strings.Clone(s)
	slot.Store(&kept)
	return nil
}

// accepted remembers images that were found good, one for each hash: the library takes microseconds to
// read one, and a service sees the same few again and again. It holds at most 256 × MaxImageLength characters.
var (
	accepted [256]atomic.Pointer[string]
	seed     = maphash.MakeSeed()
)
