//go:build unix

package tokenizer

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A pipe in the place of a file is refused; nobody waits for its writer.
func TestPipeIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tokenizer.json")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Skip("no pipes in this file system: ", err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "it is not a regular file; ") {
		t.Error(err)
	}
}
