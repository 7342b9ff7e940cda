package app

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/internal/watch"
	"github.com/mmtui/mmtui/projects"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
)

// Still is the workbench without a terminal, for pictures and tests of it. It
// is the same model with the same messages, but no command of it waits for the
// time to pass or for a file to change: whoever drives it can carry them out
// one after the other until none is left. It shows no notes, and writes nothing.
type Still struct {
	shell *shell
	err   error
	packs string // folder of what is quantized on the way
}

// NewStill prepares the workbench; Init opens opt.Path.
func NewStill(ctx context.Context, opt Options) *Still {
	if opt.Settle == nil {
		opt.Settle = projectSettings
	}
	still := &Still{}
	w := world{model: opt.Model, scan: opt.Scan, settle: opt.Settle}
	w.packDir, still.err = os.MkdirTemp("", "mmtui-packs") // what is quantized for a picture is not kept
	still.packs = w.packDir
	sv := w.services(func(string) error { return nil })
	sv.open = func(ctx context.Context, path string) (*opening, error) {
		what, err := w.open(ctx, path)
		still.err = err
		return what, err
	}
	sv.watch = func(context.Context, []string) (<-chan watch.Event, error) {
		none := make(chan watch.Event)
		close(none)
		return none, nil
	}
	sv.now = func() time.Time { return time.Time{} }
	sv.runner = func(ctx context.Context, from msg.Source, packing func(done, of int, name string)) (runner, error) {
		one, err := w.openRunner(ctx, from, packing)
		if err != nil {
			return nil, err
		}
		return timeless{one}, nil
	}
	sv.compare = compareTimeless
	sv.record = func(string, infer.Info, infer.Request) (tape, error) {
		return nil, errors.New("nothing is written for a picture")
	}
	sv.bench = benchFuncs{}
	sv.save = func(_ string, p *projects.Project, _ bool) (*projects.Project, error) { return p, nil }
	sv.write = func(string, report.Model, bool) error { return nil }
	still.shell = newShell(ctx, opt.Theme, keys.Default(), opt.Path, sv)
	still.shell.still = true
	return still
}

// Init is the first command.
func (s *Still) Init() tea.Cmd { return s.shell.Init() }

// Update takes in a message and returns the command that follows.
func (s *Still) Update(m tea.Msg) tea.Cmd {
	_, cmd := s.shell.Update(m)
	return cmd
}

// View draws the screen.
func (s *Still) View() string { return s.shell.View() }

// Err is why the model could not be opened.
func (s *Still) Err() error { return s.err }

// Tensors are the rows on screen.
func (s *Still) Tensors() []report.Tensor { return s.shell.report.Tensors }

// Busy reports whether something is being opened or measured.
func (s *Still) Busy() bool {
	busy := func(o *opened) bool { return o.scanning || o.applying }
	return s.shell.opening != "" || slices.ContainsFunc(s.shell.models, busy)
}

// Active is the view on screen.
func (s *Still) Active() msg.ViewID { return s.shell.active }

// Close ends what is under way and closes the model.
func (s *Still) Close() error {
	return errors.Join(s.shell.closeAll(), os.RemoveAll(s.packs))
}
