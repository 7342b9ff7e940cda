package app

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mmtui/mmtui/internal/sharedtest"
)

// tmuxSession is the built program in a real terminal.
type tmuxSession struct {
	t      *testing.T
	socket string
}

// buildProgram builds the program as a user would get it.
func buildProgram(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "mmtui")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/mmtui")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

// startTmux runs a program in a terminal of its own; after it, the terminal
// shows the exit code.
func startTmux(t *testing.T, dir, binary string, width, height int, args ...string) *tmuxSession {
	t.Helper()
	short, err := os.MkdirTemp("", "mmtui") // a socket's path must not be long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(short) })
	s := &tmuxSession{t: t, socket: filepath.Join(short, "tmux")}
	command := fmt.Sprintf("%s %s; echo \"exit code $?\"; cat", binary, strings.Join(args, " "))
	cmd := s.command("-u", "-f", os.DevNull, "new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height), "-c", dir, "sh", "-c", command)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "XDG_STATE_HOME="+filepath.Join(dir, "state"), "XDG_CONFIG_HOME="+filepath.Join(dir, "config"),
		"HF_HUB_CACHE="+filepath.Join(dir, "hub"),
		"MMTUI_PACK_DIR="+filepath.Join(dir, "packs"), "NO_COLOR=", "CLICOLOR=", "CLICOLOR_FORCE=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("tmux cannot start here: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = s.command("kill-server").Run() }) // this test's own server
	return s
}

func (s *tmuxSession) command(args ...string) *exec.Cmd {
	return exec.Command("tmux", append([]string{"-S", s.socket}, args...)...)
}

func (s *tmuxSession) do(args ...string) string {
	s.t.Helper()
	out, err := s.command(args...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %q: %v: %s", args, err, out)
	}
	return string(out)
}

func (s *tmuxSession) screen() string { return s.do("capture-pane", "-p") }

// keys sends keys by tmux's names.
func (s *tmuxSession) keys(names ...string) { s.do(append([]string{"send-keys"}, names...)...) }

// text types a text.
func (s *tmuxSession) text(text string) { s.do("send-keys", "-l", text) }

// until polls the screen until it has all of the texts.
func (s *tmuxSession) until(texts ...string) {
	s.t.Helper()
	s.untilScreen(fmt.Sprintf("%q on screen", texts), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

func (s *tmuxSession) untilScreen(what string, holds func(screen string) bool) {
	s.t.Helper()
	deadline := time.Now().Add(2 * patience)
	for {
		screen := s.screen()
		if holds(screen) {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s has not happened; the screen is\n%s", what, screen)
		}
		time.Sleep(10 * time.Millisecond) // between two looks; nothing depends on its length
	}
}

func needTmux(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the program and runs it in tmux")
	}
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("tmux is not installed")
	}
}

// The main job, as an engineer does it: open, filter, sort, look at a tensor,
// try another scheme, save it, see the project reload, and quit.
func TestInTmux(t *testing.T) {
	needTmux(t)
	binary, dir := buildProgram(t), t.TempDir()
	writeModel(t, filepath.Join(dir, "tiny.safetensors"), 12)
	s := startTmux(t, dir, binary, 140, 40, "tiny.safetensors")
	s.until("tiny.safetensors", "12 tensors", "scan 12/12", "2b half g64 search")

	s.text("/") // filter
	s.until("of 12 tensors")
	s.text("layers.1 !layers.11")
	s.until("2 of 12 tensors", "1.mlp.weight", "10.mlp.weight")
	s.keys("Enter")
	s.text("t") // flat
	s.until("model.layers.10.mlp.weight")

	s.text(":") // sort by a column through the palette
	s.until("Commands")
	s.text("sort by sqnr")
	s.until("sort by SQNR")
	s.keys("Enter")
	s.until("SQNR dB ▴")
	s.keys("Escape") // the filter goes
	s.untilScreen("the end of the filter", func(screen string) bool { return !strings.Contains(screen, "of 12 tensors") })

	s.text("j")
	s.keys("Enter") // the tensor view
	s.until("▪ 2 Tensor", "64×64", "does not predict")
	s.keys("Escape")
	s.until("▪ 1 Layers")

	s.text("w") // what-if: more bits
	s.until("What-if", "target")
	s.text("l")
	s.until("[3]")
	s.keys("Enter")
	s.until("3b half g64 search", "tiny.safetensors●", "1 rule")
	s.text("u")
	s.until("undone")
	s.untilScreen("the undo", func(screen string) bool { return !strings.Contains(screen, "1 rule") })
	s.keys("C-r")
	s.until("1 rule")
	s.keys("C-s")
	s.until("Save the plan")
	s.keys("C-u")
	s.text("mine.toml")
	s.keys("Enter")
	s.until("saved mine.toml")
	data, err := os.ReadFile(filepath.Join(dir, "mine.toml"))
	if err != nil || !strings.Contains(string(data), "bits = 3") || !strings.Contains(string(data), "tiny.safetensors") {
		t.Errorf("the project holds %q, %v", data, err)
	}

	// An edit of the project file while it is open.
	edited := strings.Replace(string(data), "bits = 3", "bits = 8", 1)
	if err := os.WriteFile(filepath.Join(dir, "mine.toml"), []byte(edited), 0o644); err != nil {
		t.Fatal(err)
	}
	s.until("the project file changed", "8b half g64 search")

	// A terminal that is too small says so, and all comes back.
	s.do("resize-window", "-x", "20", "-y", "5")
	s.until("needs 60x20")
	s.do("resize-window", "-x", "80", "-y", "24")
	s.until("▪ 1 Layers", "What-if")
	s.keys("Escape")
	s.untilScreen("the end of the panel", func(screen string) bool { return !strings.Contains(screen, "What-if") })
	s.text("q")
	s.until("exit code 0")

	s = startTmux(t, dir, binary, 100, 30, "mine.toml")
	s.until("mine.toml", "8.625", "scan 12/12")
	s.text("?")
	s.until("Keys: layers (here)")
	s.keys("C-c")
	s.until("exit code 130")
}

// Every real model opens, scans and quantizes in the terminal.
func TestRealModelsInTmux(t *testing.T) {
	needTmux(t)
	models, err := filepath.Glob(filepath.Join(sharedtest.Dir(t), "models", "*.safetensors"))
	if err != nil || len(models) == 0 {
		t.Skip("no real models beside the repository")
	}
	binary := buildProgram(t)
	for _, path := range models {
		dir := t.TempDir()
		s := startTmux(t, dir, binary, 160, 45, path)
		s.untilScreen("the scan of "+path, func(screen string) bool {
			return strings.Contains(screen, filepath.Base(path)) && scanIsDone(screen)
		})
		s.text("tnw") // flat, the first tensor with a cause or the first one, what-if
		s.until("What-if")
		s.keys("Escape")
		s.text("q")
		s.until("exit code 0")
	}
}

// scanIsDone reads "scan N/N" off a screen.
func scanIsDone(screen string) bool {
	_, rest, ok := strings.Cut(screen, "scan ")
	if !ok {
		return false
	}
	var done, of int
	n, err := fmt.Sscanf(rest, "%d/%d", &done, &of)
	return err == nil && n == 2 && done == of && of > 0 && !strings.Contains(rest[:min(len(rest), 40)], "ideal")
}
