//go:build unix

package chat

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A pipe in the place of a file is refused; nobody waits for its writer.
func TestPipeIsRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"chat_template.jinja", "chat_template.json"} {
		dir := t.TempDir()
		if err := unix.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Skip("no pipes in this file system: ", err)
		}
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), name+": not a regular file; ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
