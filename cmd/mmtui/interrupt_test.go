//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
)

// stopAt is a stderr that calls stop when a text is written to it.
type stopAt struct {
	bytes.Buffer
	text string
	stop func()
}

func (s *stopAt) Write(p []byte) (int, error) {
	n, err := s.Buffer.Write(p)
	if strings.Contains(s.String(), s.text) {
		s.stop()
	}
	return n, err
}

// A run that is stopped while it works ends with 130 and leaves nothing. What
// stops it is the first progress, so it is always stopped in the middle.
func TestStoppedInTheMiddle(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "many.safetensors")
	if err := writeModel(source, nil, manyLayers(64)...); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"inspect", source},
		{"quantize", source, "-o", filepath.Join(dir, "out.safetensors")},
		{"quantize", source, "-o", filepath.Join(dir, "out.safetensors"), "--dequantized"},
		{"quantize", source, "-o", filepath.Join(dir, "out"), "--export", "gptq"},
		{"diff", source, source},
		{"bench", "scan"},
	} {
		t.Run(strings.Join(args[:1], " ")+" "+args[len(args)-1], func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			stderr := &stopAt{text: "░", stop: cancel}
			var stdout bytes.Buffer
			con := &console{stdout: os.Stderr, out: newOutput(&stdout), err: stderr, lookup: noEnvironment(dir), errTerminal: true, format: formatTable}
			code := run(ctx, args, con)
			if code != exitInterrupted {
				t.Errorf("exit code %d, want %d\n%s", code, exitInterrupted, stderr)
			}
			if stdout.Len() != 0 {
				t.Errorf("a report was printed: %s", stdout.Bytes())
			}
			if !strings.HasSuffix(stderr.String(), "mmtui: interrupted; nothing was left half written\n") {
				t.Errorf("stderr is %q", stderr)
			}
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) != 1 {
				t.Errorf("left behind: %v (%v)", entries, err)
			}
		})
	}
}

// noEnvironment has folders that are not there and nothing else.
func noEnvironment(dir string) func(string) (string, bool) {
	return func(key string) (string, bool) {
		switch key {
		case "XDG_CONFIG_HOME", "XDG_STATE_HOME", "HF_HOME":
			return filepath.Join(dir, "nowhere"), true
		}
		return "", false
	}
}

// The process itself gets the signal, from the keyboard of a terminal.
func TestCtrlC(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "many.safetensors")
	if err := writeModel(source, nil, manyLayers(256)...); err != nil {
		t.Fatal(err)
	}
	terminal, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	cmd := exec.Command(program(t), "quantize", source, "-o", filepath.Join(dir, "out.safetensors"), "--solver", "best", "--workers", "1")
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+dir, "XDG_STATE_HOME="+dir, silent)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	var screen bytes.Buffer
	buf := make([]byte, 4096)
	pressed := false
	for {
		n, err := terminal.Read(buf)
		screen.Write(buf[:n])
		// 255 tensors are still to be done when the first progress shows.
		if !pressed && strings.Contains(screen.String(), "░") {
			pressed = true
			if _, err := terminal.Write([]byte{3}); err != nil {
				t.Fatal(err)
			}
		}
		if err != nil { // EIO: the last holder of the other end is gone
			break
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		t.Errorf("ended with %v, want exit code %d\n%s", err, exitInterrupted, screen.String())
	}
	if !strings.Contains(screen.String(), "interrupted") || strings.Contains(screen.String(), "goroutine ") {
		t.Errorf("screen: %q", screen.String())
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

// Ctrl-C also ends a report that nobody reads on.
func TestInterruptedWhileNobodyReads(t *testing.T) {
	source := filepath.Join(t.TempDir(), "many.safetensors")
	if err := writeModel(source, nil, manyLayers(256)...); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program(t), "inspect", source, "--format", "json", "--no-ideal")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// The first byte shows that the report, far larger than a pipe holds, is being written.
	if _, err := io.ReadFull(stdout, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	// Nothing more is read: the program can only end by the signal.
	err = cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		t.Errorf("ended with %v, want exit code %d", err, exitInterrupted)
	}
}

// program is this test binary under the name that makes it the program (see TestMain).
func program(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("mmtui")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// A file that is overwritten while it is measured gives an error and no report.
func TestModelChangesMeanwhile(t *testing.T) {
	for name, change := range map[string]func(path string) error{
		"cut":       func(path string) error { return os.Truncate(path, 3000) },
		"removed":   os.Remove,
		"rewritten": func(path string) error { return writeModel(path, nil, manyLayers(3)...) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			source := filepath.Join(dir, "many.safetensors")
			if err := writeModel(source, nil, manyLayers(64)...); err != nil {
				t.Fatal(err)
			}
			done := false
			stderr := &stopAt{text: "░", stop: func() {
				if !done {
					done = true
					if err := change(source); err != nil {
						t.Error(err)
					}
				}
			}}
			var stdout bytes.Buffer
			con := &console{stdout: os.Stderr, out: newOutput(&stdout), err: stderr, lookup: noEnvironment(dir), errTerminal: true, format: formatTable}
			code := run(t.Context(), []string{"quantize", source, "-o", filepath.Join(dir, "out.safetensors"), "--workers", "1"}, con)
			if code != exitFailure || !strings.Contains(stderr.String(), "changed while open: ") {
				t.Errorf("exit code %d, stderr %q", code, stderr)
			}
			if stdout.Len() != 0 {
				t.Errorf("a report was printed: %s", &stdout)
			}
			if _, err := os.Stat(filepath.Join(dir, "out.safetensors")); err == nil {
				t.Error("a file was written")
			}
		})
	}
}
