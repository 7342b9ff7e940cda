package main

import (
	"os"
	"os/exec"
	"testing"
)

// The program builds for every system it is meant for.
func TestCrossBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("six builds take minutes")
	}
	for _, system := range []string{"linux", "darwin", "windows"} {
		for _, arch := range []string{"amd64", "arm64"} {
			t.Run(system+"/"+arch, func(t *testing.T) {
				cmd := exec.Command("go", "build", "-buildvcs=false", "../../...")
				cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+arch, "CGO_ENABLED=0")
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
	}
}
