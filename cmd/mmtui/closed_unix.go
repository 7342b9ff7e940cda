//go:build unix

package main

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// closedAtStart tells the /dev/null that the runtime put in the place of a
// closed descriptor: it is open for reading too.
func closedAtStart(f *os.File) bool {
	null, err := os.Stat(os.DevNull)
	if err != nil {
		return false
	}
	info, err := f.Stat()
	if err != nil {
		return true
	}
	if !os.SameFile(null, info) {
		return false
	}
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	return err == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}

// readerGone tells the error of writing to a pipe that nobody reads any more.
func readerGone(err error) bool { return errors.Is(err, unix.EPIPE) }
