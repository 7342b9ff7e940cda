//go:build unix

package picture

import (
	"os"

	"golang.org/x/sys/unix"
)

// CellSize is how many pixels a cell of a terminal has, 0 where it does not tell.
func CellSize(f *os.File) (width, height int) {
	if f == nil {
		return 0, 0
	}
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Col == 0 || size.Row == 0 {
		return 0, 0
	}
	return int(size.Xpixel / size.Col), int(size.Ypixel / size.Row)
}
