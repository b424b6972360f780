package main

import (
	"fmt"

	"github.com/dustin/go-humanize"
)

// byteSize is a flag for a number of bytes, such as 64KiB.
type byteSize int64

// String writes the size in the unit that fits.
func (b byteSize) String() string { return humanize.IBytes(uint64(b)) }

// Type names the value in the help.
func (b byteSize) Type() string { return "size" }

// Set reads a size.
func (b *byteSize) Set(text string) error {
	size, err := humanize.ParseBytes(text)
	if err != nil || size == 0 || size > 1<<40 {
		return fmt.Errorf("%q: want a size such as 64KiB", text)
	}
	*b = byteSize(size)
	return nil
}
