package storetest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// SmallDisk returns the root of a file system of the given size in bytes that goes with the test, and functions that
// fill it up and make room again. It must be allowed to mount one: where it is not, the test is left out,
// which is a failure where CI is set.
func SmallDisk(t *testing.T, size int) (dir string, fill, free func()) {
	t.Helper()
	dir, err := os.MkdirTemp("", "cde-disk-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(dir) })
	out, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%d,mode=0777", size), "tmpfs", dir).CombinedOutput()
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("CI must test a full disk: mount: %v: %s", err, out)
		}
		t.Skipf("NOT TESTED, a full disk: mount: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	ballast := filepath.Join(dir, "ballast")
	return dir, func() { fillUp(t, ballast) }, func() { _ = os.Remove(ballast) }
}

// fillUp writes to the file until nothing fits any more.
func fillUp(t *testing.T, file string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(page)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}
