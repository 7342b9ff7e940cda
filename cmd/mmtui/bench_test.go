//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/bench"
)

// benchmark runs a command line, stopped when its progress shows a text.
func benchmark(t *testing.T, until string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	watch := &stopAt{text: until, stop: cancel}
	var out bytes.Buffer
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	con := &console{stdout: os.Stderr, out: newOutput(&out), err: watch, lookup: noEnvironment(dir), errTerminal: true, format: formatTable}
	code = run(ctx, append([]string{"bench"}, args...), con)
	return code, out.String(), watch.String()
}

// What was measured until Ctrl-C is printed, with the exit code of a stop.
func TestStoppedBenchmarkKeepsWhatThereIs(t *testing.T) {
	code, stdout, stderr := benchmark(t, " 1/4", "kernels", "--tier", "portable", "--shape", "1x64x16", "--workers", "1", "--seconds", "0.2", "--format", "json")
	var got bench.Kernels
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatalf("%v: %q\n%s", err, stdout, stderr)
	}
	if code != exitInterrupted || got.Complete || len(got.Cases) == 0 || len(got.Cases) == 4 {
		t.Errorf("exit code %d, complete %v, %d cases", code, got.Complete, len(got.Cases))
	}
	if !strings.HasSuffix(stderr, "\n") || !strings.Contains(stderr, "interrupted") {
		t.Errorf("stderr is %q", stderr)
	}
}

// A model's variants, by their names and as the project says.
func TestBenchModel(t *testing.T) {
	example := filepath.Join("..", "..", "examples", "tiny-vlm")
	code, stdout, stderr := benchmark(t, "\x00", "model", "--model", filepath.Join(example, "project.toml"), "--variant", "float", "--variant", "plan",
		"--tokens", "2", "--prompt-tokens", "4", "--format", "json")
	var got bench.Model
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != exitOK {
		t.Fatalf("exit code %d, %v\n%s", code, err, stderr)
	}
	if !got.Complete || len(got.Variants) != 2 || got.Variants[0].Name != "float" || got.Variants[1].Name != "plan" || got.Variants[1].QuantizedLayers == 0 {
		t.Errorf("%+v", got)
	}
	for _, v := range got.Variants {
		if len(v.Phases) != 3 || v.WeightBytes <= 0 {
			t.Errorf("%s: %d phases, %d bytes", v.Name, len(v.Phases), v.WeightBytes)
		}
	}
}
