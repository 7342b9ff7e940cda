// Package sharedtest finds the folder of reference data that lies beside the
// repository and is not part of it.
package sharedtest

import (
	"os"
	"path/filepath"
	"testing"
)

// Dir is the folder `shared`: $MMTUI_SHARED when set, else the nearest
// sibling of an ancestor of the working directory. The test is skipped where
// there is none.
func Dir(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("MMTUI_SHARED"); dir != "" {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			t.Fatalf("MMTUI_SHARED is %q, which is not a folder", dir)
		}
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		candidate := filepath.Join(dir, "shared")
		// The fixtures tell our folder from any other that has this name.
		if info, err := os.Stat(filepath.Join(candidate, "fixtures")); err == nil && info.IsDir() {
			return candidate
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Skip("no folder `shared` with the reference data beside the repository; set MMTUI_SHARED")
		}
		dir = parent
	}
}
