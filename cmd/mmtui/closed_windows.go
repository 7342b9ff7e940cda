package main

import (
	"errors"
	"os"
	"syscall"
)

// closedAtStart tells a stream that cannot be used.
func closedAtStart(f *os.File) bool {
	_, err := f.Stat()
	return err != nil
}

// readerGone tells the error of writing to a pipe that nobody reads any more:
// ERROR_BROKEN_PIPE or ERROR_NO_DATA.
func readerGone(err error) bool {
	return errors.Is(err, syscall.ERROR_BROKEN_PIPE) || errors.Is(err, syscall.Errno(232)) || errors.Is(err, syscall.EPIPE)
}
