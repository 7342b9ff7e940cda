//go:build unix

package projects

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// To open a pipe would wait for its writer: it is refused at once. An empty
// device is an empty configuration.
func TestPipesAreRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), FileName)
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "is a pipe") || !strings.Contains(err.Error(), path) {
		t.Errorf("Load: %v", err)
	}
	if _, err := Save(path, &Project{Model: "m.safetensors"}, true); err == nil || !strings.Contains(err.Error(), "is a pipe") {
		t.Errorf("Save: %v", err)
	}
	if _, err := LoadUser("/dev/null"); err != nil {
		t.Errorf("an empty device: %v", err)
	}
}
