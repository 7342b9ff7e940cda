//go:build !windows

package app

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"
	"github.com/muesli/termenv"

	"github.com/mmtui/mmtui/projects"
	"github.com/mmtui/mmtui/ui/theme"
)

// terminal is a pseudo-terminal with the workbench in it.
type terminal struct {
	t      *testing.T
	master *os.File
	result chan error
	cancel context.CancelFunc

	mu   sync.Mutex
	seen bytes.Buffer
}

func startInTerminal(t *testing.T, path string) *terminal {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminal here: ", err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Cols: 120, Rows: 30}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	term := &terminal{t: t, master: master, result: make(chan error, 1), cancel: cancel}
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			term.mu.Lock()
			term.seen.Write(buf[:n])
			term.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	go func() {
		term.result <- Run(ctx, Options{
			Path: path, In: slave, Out: slave, Theme: theme.New(theme.Dark, termenv.TrueColor, theme.Braille),
			Recent: projects.NewRecent(filepath.Join(t.TempDir(), "recent.json")),
		})
	}()
	t.Cleanup(func() {
		cancel()
		slave.Close()
		master.Close()
		<-reading
	})
	return term
}

// output is what has been written so far, without escape sequences.
func (term *terminal) output() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return ansi.Strip(term.seen.String())
}

func (term *terminal) raw() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.seen.String()
}

// eventually polls until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("%s has not happened", what)
		}
		time.Sleep(2 * time.Millisecond) // between two looks; nothing depends on its length
	}
}

func (term *terminal) send(text string) {
	term.t.Helper()
	if _, err := term.master.WriteString(text); err != nil {
		term.t.Fatal(err)
	}
}

func (term *terminal) wait() error {
	term.t.Helper()
	select {
	case err := <-term.result:
		return err
	case <-time.After(patience):
		term.t.Fatal("the program does not end")
		return nil
	}
}

// left lists the goroutines of the workbench that are still there.
func left() []string {
	buf := make([]byte, 1<<20)
	all := string(buf[:runtime.Stack(buf, true)])
	var out []string
	for _, one := range strings.Split(all, "\n\n") {
		ours := strings.Contains(one, "mmtui/mmtui/") || strings.Contains(one, "charmbracelet/bubbletea") || strings.Contains(one, "fsnotify")
		if ours && !strings.Contains(one, "_test.go") && !strings.Contains(one, "testing.tRunner") {
			out = append(out, one)
		}
	}
	return out
}

func noneLeft(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for len(left()) > 0 {
		if time.Now().After(deadline) {
			t.Fatalf("goroutines that outlive the program:\n%s", strings.Join(left(), "\n\n"))
		}
		time.Sleep(2 * time.Millisecond) // between two looks; nothing depends on its length
	}
}

func TestRunQuitsWithoutATrace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.safetensors")
	writeModel(t, file, 6)
	term := startInTerminal(t, file)
	eventually(t, "the scan", func() bool { return strings.Contains(term.output(), "scan 6/6") })
	term.send("w")
	eventually(t, "the what-if panel", func() bool { return strings.Contains(term.output(), "What-if") })
	term.send("q")
	if err := term.wait(); err != nil {
		t.Errorf("quitting gives %v", err)
	}
	noneLeft(t)
	eventually(t, "the end of the alternate screen", func() bool { return strings.Contains(term.raw(), "\x1b[?1049l") })
}

func TestRunIsInterrupted(t *testing.T) {
	term := startInTerminal(t, "")
	eventually(t, "the home view", func() bool { return strings.Contains(term.output(), "Open a model") })
	term.send("\x03")
	if err := term.wait(); !errors.Is(err, ErrInterrupted) {
		t.Errorf("Ctrl-C gives %v", err)
	}
	noneLeft(t)
}

func TestRunEndsWithItsContext(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.safetensors")
	writeModel(t, file, 3)
	term := startInTerminal(t, file)
	eventually(t, "the layers", func() bool { return strings.Contains(term.output(), "SQNR") })
	term.cancel()
	if err := term.wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("the end of the context gives %v", err)
	}
	noneLeft(t)
}

func TestRunCopiesThroughTheTerminal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.safetensors")
	writeModel(t, file, 2)
	term := startInTerminal(t, file)
	eventually(t, "the scan", func() bool { return strings.Contains(term.output(), "scan 2/2") })
	term.send("jy")
	// OSC 52 with the name in base64.
	eventually(t, "the copy", func() bool { return strings.Contains(term.raw(), "\x1b]52;c;bW9kZWwubGF5ZXJzLj") })
	term.send("q")
	if err := term.wait(); err != nil {
		t.Error(err)
	}
	noneLeft(t)
}
