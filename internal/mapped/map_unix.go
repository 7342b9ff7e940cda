//go:build unix

package mapped

import (
	"errors"
	"math"
	"os"

	"golang.org/x/sys/unix"
)

func mapFile(file *os.File, size int64) ([]byte, error) {
	if size > math.MaxInt {
		return nil, errors.New("too large to map")
	}
	return unix.Mmap(int(file.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
}

func unmapFile(data []byte) error { return unix.Munmap(data) }
