package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/internal/usertest"
)

// A file that may not be read, and a folder that may not be written to.
func TestNoPermission(t *testing.T) {
	dir := t.TempDir()
	usertest.Enter(t, dir)
	readable, secret := filepath.Join(dir, "open.safetensors"), filepath.Join(dir, "secret.safetensors")
	locked := filepath.Join(dir, "locked")
	for _, path := range []string{readable, secret} {
		if err := writeModel(path, nil, manyLayers(1)...); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(secret, 0); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(locked, 0o555); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"inspect", secret},
		{"diff", readable, secret},
		{"quantize", readable, "-o", filepath.Join(locked, "out.safetensors")},
		{"quantize", readable, "-o", filepath.Join(locked, "out"), "--export", "gptq"},
	} {
		usertest.Ordinary(t, func() {
			var stdout, stderr bytes.Buffer
			con := &console{stdout: os.Stderr, out: newOutput(&stdout), err: &stderr, lookup: nothingSet(filepath.Join(dir, "none")), format: formatTable}
			if code := run(t.Context(), args, con); code != exitFailure || !strings.Contains(stderr.String(), "permission denied") {
				t.Errorf("%v: exit code %d, stderr %q", args, code, &stderr)
			}
		})
	}
	if entries, err := os.ReadDir(locked); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v (%v)", entries, err)
	}
}
