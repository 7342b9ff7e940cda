// Package usertest runs parts of a test with the file permissions of an
// ordinary user, also where the tests run as root, whom no permission stops.
package usertest

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Ordinary runs f, which must open files on its own goroutine, as a user that
// file permissions bind. The test is skipped where that cannot be had.
func Ordinary(t testing.TB, f func()) {
	t.Helper()
	switch {
	case runtime.GOOS == "windows":
		t.Skip("permissions of this system are of another kind")
	case os.Geteuid() != 0:
		f()
	default:
		asNobody(t, f)
	}
}

// Enter lets other users into a folder of t.TempDir, whose parent the testing
// package makes private.
func Enter(t testing.TB, dir string) {
	t.Helper()
	for _, d := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}
