//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/mmtui/mmtui/internal/sharedtest"
)

// The pictures of the README are what the program draws today.
func TestPicturesAreFresh(t *testing.T) {
	shared := sharedtest.Dir(t)
	fresh := t.TempDir()
	script, err := filepath.Abs("../../scripts/snapshots")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(script, fresh)
	cmd.Env = append(os.Environ(), "MMTUI="+program(t), "MMTUI_SHARED="+shared, "XDG_CONFIG_HOME="+fresh, "XDG_STATE_HOME="+fresh)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(fresh, "*.svg"))
	if err != nil || len(files) == 0 {
		t.Fatalf("nothing was drawn (%v)", err)
	}
	for _, file := range files {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		have, err := os.ReadFile(filepath.Join("..", "..", "docs", "pictures", filepath.Base(file)))
		if err != nil || !bytes.Equal(have, want) {
			t.Errorf("docs/pictures/%s is not what the program draws (%v); run `make snapshots` and look at it", filepath.Base(file), err)
		}
	}
}
