//go:build unix

package infer

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A pipe in the place of a file is refused; nobody waits for its writer.
func TestPipeIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"generation_config.json", "tokenizer_config.json"} {
		if err := unix.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Skip("no pipes in this file system: ", err)
		}
	}
	if _, _, err := endIDs(dir); err == nil || !strings.Contains(err.Error(), "generation_config.json: not a regular file; ") {
		t.Errorf("end ids: %v", err)
	}
	if _, err := readMarks(dir); err == nil || !strings.Contains(err.Error(), "tokenizer_config.json: not a regular file; ") {
		t.Errorf("marks: %v", err)
	}
}
