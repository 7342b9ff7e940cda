// Package kernelgen has the programs that write the kernels' assembly, one a
// folder; its tests look after what they wrote.
package kernelgen

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Every go:generate line that runs a program of this folder must give the
// files that lie beside it.
func TestFresh(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command to run generators with; put it on PATH")
	}
	programs, lines := t.TempDir(), 0
	build := exec.CommandContext(t.Context(), tool, "build", "-o", programs, "./...")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build.Args, err, out)
	}
	for _, pattern := range []string{"../*/*.go", "../../int2/*.go", "../../int2/*/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(text)) {
				rest, ok := strings.CutPrefix(line, "//go:generate go run ")
				if words := strings.Fields(rest); ok && strings.Contains(words[0], "/kernelgen/") {
					lines++
					fresh(t, programs, filepath.Dir(file), words)
				}
			}
		}
	}
	if lines == 0 {
		t.Error("no go:generate line runs a generator of kernels")
	}
}

// fresh runs a generator, by its path and its arguments, in an empty folder.
func fresh(t *testing.T, programs, dir string, words []string) {
	t.Helper()
	program := filepath.Join(programs, filepath.Base(words[0]))
	written := t.TempDir()
	run := exec.CommandContext(t.Context(), program, words[1:]...)
	run.Dir = written
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %v\n%s", dir, words, err, out)
	}
	names, err := os.ReadDir(written)
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %v wrote %d files (%v)", dir, words, len(names), err)
	}
	for _, name := range names {
		want, err := os.ReadFile(filepath.Join(written, name.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, name.Name()))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what its generator writes (%v); run go generate in %s", filepath.Join(dir, name.Name()), err, dir)
		}
	}
}
