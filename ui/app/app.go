// Package app is the shell of the workbench: it owns what is open, routes keys
// and messages between the views, and alone talks to sessions and files.
package app

import (
	"cmp"
	"context"
	"io"
	"os"
	"sync"

	"github.com/aymanbagabas/go-osc52/v2"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/scan"
	"github.com/mmtui/mmtui/projects"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/picture"
	"github.com/mmtui/mmtui/ui/theme"
)

// ErrInterrupted is what Run returns after Ctrl-C or an interrupt signal.
var ErrInterrupted = tea.ErrInterrupted

// Options of Run.
type Options struct {
	Path   string        // what to open; "" starts with the Home view
	Model  model.Options // how models are opened
	Scan   scan.Options  // how they are measured; Settle gives the budget
	Theme  theme.Theme   // see theme.Resolve
	Recent *projects.Recent
	// Settle gives plan and budget for a project, or for none (nil), with what
	// flags, environment and the user's settings say. nil: the project's own.
	Settle func(*projects.Project) (p plan.Plan, budgetBytes int64)

	Images picture.Display // how pictures are drawn

	In     io.Reader // nil: the terminal
	Out    io.Writer // nil: standard output
	Getenv func(string) string
}

// Run shows the workbench until the user quits or ctx ends. It returns when
// everything it started has ended: nil after an ordinary quit, ErrInterrupted
// after Ctrl-C, the context's error, else what went wrong with the terminal.
func Run(ctx context.Context, opt Options) error {
	if opt.Settle == nil {
		opt.Settle = projectSettings
	}
	if opt.Out == nil {
		opt.Out = os.Stdout
	}
	out := guardOutput(opt.Out)
	w := world{model: opt.Model, scan: opt.Scan, settle: opt.Settle, recent: opt.Recent, images: opt.Images}
	sv := w.services(clipboardOf(out, opt.Getenv))
	sv.graphics = func(sequence string) error {
		_, err := io.WriteString(out, sequence)
		return err
	}
	sv.live = watchMachine(ctx)
	defer sv.live.close()
	s := newShell(ctx, opt.Theme, keys.Default(), opt.Path, sv)
	options := []tea.ProgramOption{tea.WithAltScreen(), tea.WithMouseCellMotion(), tea.WithOutput(out)}
	if opt.In != nil {
		options = append(options, tea.WithInput(opt.In))
	}
	program := tea.NewProgram(s, options...)
	// Not tea.WithContext: ended that way, bubbletea leaves its reader behind.
	stop := context.AfterFunc(ctx, program.Quit)
	defer stop()
	_, err := program.Run()
	_ = s.closeAll() // everything was only read; nothing can be lost
	s.graphics.clear()
	return cmp.Or(err, s.err, ctx.Err())
}

// projectSettings is what a project says, and the defaults.
func projectSettings(p *projects.Project) (plan.Plan, int64) {
	if p == nil {
		return plan.Plan{}, scan.DefaultBudgetBytes
	}
	budget := p.BudgetBytes
	if budget == 0 {
		budget = scan.DefaultBudgetBytes
	}
	return p.Plan, budget
}

// guarded lets one writer at a time through, so that a copy to the clipboard
// does not end up inside a frame.
type guarded struct {
	mu sync.Mutex
	io.Writer
}

func (g *guarded) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.Writer.Write(p)
}

// guardedFile stays a terminal in the eyes of bubbletea, which asks for its size.
type guardedFile struct {
	*os.File
	mu sync.Mutex
}

func (g *guardedFile) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.File.Write(p)
}

func guardOutput(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); ok {
		return &guardedFile{File: f}
	}
	return &guarded{Writer: w}
}

// clipboardOf copies through the terminal (OSC 52), which also works over ssh.
func clipboardOf(out io.Writer, getenv func(string) string) func(string) error {
	return func(text string) error {
		sequence := osc52.New(text)
		if getenv != nil && getenv("STY") != "" { // GNU screen swallows it unless it is wrapped
			sequence = sequence.Screen()
		}
		_, err := sequence.WriteTo(out)
		return err
	}
}
