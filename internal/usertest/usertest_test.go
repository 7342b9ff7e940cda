package usertest_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/mmtui/mmtui/internal/usertest"
)

func TestPermissionsBind(t *testing.T) {
	dir := t.TempDir()
	usertest.Enter(t, dir)
	path, public := filepath.Join(dir, "secret"), filepath.Join(dir, "public")
	if err := os.WriteFile(public, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("x"), 0); err != nil {
		t.Fatal(err)
	}
	usertest.Ordinary(t, func() {
		if _, err := os.ReadFile(public); err != nil {
			t.Errorf("a public file cannot be read: %v", err)
		}
		if _, err := os.ReadFile(path); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("reading gave %v, want a permission error", err)
		}
	})
	if os.Geteuid() == 0 {
		if _, err := os.ReadFile(path); err != nil {
			t.Errorf("root's rights did not come back: %v", err)
		}
	}
}
