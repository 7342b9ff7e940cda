//go:build unix

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
)

// silent keeps the terminal library from asking for the background colour when
// the program starts: this terminal does not answer, and it would wait 5 s.
const silent = "CI=true"

// onTerminal runs the program on a terminal of 100 × 30, presses keys when a
// text shows, and returns all that was drawn and the exit code.
func onTerminal(t *testing.T, press map[string]string, args ...string) (screen string, code int) {
	t.Helper()
	terminal, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	if err := pty.Setsize(tty, &pty.Winsize{Rows: 30, Cols: 100}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.Command(program(t), args...)
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+dir, "XDG_STATE_HOME="+dir, "HF_HOME="+dir, "TERM=xterm-256color", "MMTUI_THEME=dark", silent)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	var drawn bytes.Buffer
	buf := make([]byte, 32<<10)
	for {
		n, err := terminal.Read(buf)
		drawn.Write(buf[:n])
		for text, keys := range press {
			if strings.Contains(drawn.String(), text) {
				delete(press, text)
				if _, err := terminal.WriteString(keys); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err != nil { // EIO: the last holder of the other end is gone
			break
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return drawn.String(), 0
	case errors.As(err, &exit):
		return drawn.String(), exit.ExitCode()
	}
	t.Fatal(err)
	return "", 0
}

func TestWorkbenchOnATerminal(t *testing.T) {
	source := filepath.Join(t.TempDir(), "small.safetensors")
	if err := writeModel(source, nil, manyLayers(3)...); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		press map[string]string
		args  []string
		code  int
		want  string
	}{
		"quit":         {map[string]string{"layers": "q"}, []string{source}, exitOK, "small.safetensors"},
		"ctrl-c":       {map[string]string{"layers": "\x03"}, []string{source}, exitInterrupted, "interrupted"},
		"home":         {map[string]string{"Open a model": "q"}, nil, exitOK, "Open a model"},
		"missing":      {nil, []string{source + "x"}, exitFailure, "no such file"},
		"bad flag":     {nil, []string{source, "--bits", "5"}, exitUsage, "bits \"5\" is not allowed"},
		"not a screen": {nil, []string{source, "--format", "jsonl"}, exitOK, `"name":"layers.2.weight"`},
	} {
		t.Run(name, func(t *testing.T) {
			screen, code := onTerminal(t, c.press, c.args...)
			if code != c.code || !strings.Contains(screen, c.want) {
				t.Errorf("exit code %d, want %d, and %q in\n%q", code, c.code, c.want, screen)
			}
		})
	}
}
