package app

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/mmtui/mmtui/core/plan"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/internal/watch"
	"github.com/mmtui/mmtui/projects"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// patience is how long a test waits for what must happen; it only passes when something is broken.
const patience = 20 * time.Second

// rig runs a shell as bubbletea does, commands in goroutines of their own, but
// a test decides when messages are taken in.
type rig struct {
	t       *testing.T
	shell   *shell
	session *fake
	inbox   chan tea.Msg
	quit    bool

	mu      sync.Mutex
	project *projects.Project // that open finds, nil for none
	openErr error
	saves   []string
	saveErr error
	wrote   []string
	copied  []string
	events  chan watch.Event
	watched []string
	recent  []string
	runners map[string]*fakeRunner // by path
	opens   int                    // how often a runner was asked for

	packing     chan struct{} // closed when quantizing may end; nil: at once
	divergeStep chan struct{} // a token lets a comparison end; nil: at once
	diverged    []msg.NeedDivergence
}

func newRig(t *testing.T, n int) *rig {
	t.Helper()
	r := &rig{t: t, session: newFake(n), inbox: make(chan tea.Msg, 1024), events: make(chan watch.Event)}
	ctx, cancel := context.WithCancel(context.Background())
	r.shell = newShell(ctx, theme.New(theme.Dark, termenv.Ascii, theme.Braille), keys.Default(), "", r.services())
	t.Cleanup(func() {
		cancel()
		_ = r.shell.closeAll()
	})
	r.start(r.shell.Init())
	r.send(tea.WindowSizeMsg{Width: 160, Height: 45})
	return r
}

func (r *rig) services() services {
	return services{
		open: func(ctx context.Context, path string) (*opening, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.openErr != nil {
				return nil, r.openErr
			}
			out := &opening{path: path, model: path, session: r.session, project: r.project}
			if r.project != nil {
				out.plan = r.project.Plan
				r.session.SetPlan(out.plan)
			}
			out.report = r.session.Report()
			return out, nil
		},
		save: func(path string, p *projects.Project, force bool) (*projects.Project, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.saveErr != nil && !force {
				return nil, r.saveErr
			}
			r.saves = append(r.saves, path)
			out := *p
			out.Path = path
			return &out, nil
		},
		fresh:  func(_, model string) *projects.Project { return &projects.Project{Model: model} },
		settle: projectSettings,
		home: func(context.Context) msg.HomeListed {
			return msg.HomeListed{Cache: []msg.HomeEntry{{Label: "owner/model", Detail: "12.0 MB", Path: "owner/model"}}}
		},
		folder: func(path string, _ bool) msg.FolderListed {
			return msg.FolderListed{Path: "/models", Parent: "/", Entries: []msg.HomeEntry{{Label: "made-up.safetensors", Path: "/models/made-up.safetensors"}}}
		},
		remember: func(open, _ string, _ bool) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.recent = append(r.recent, open)
			return nil
		},
		watch: func(ctx context.Context, paths []string) (<-chan watch.Event, error) {
			r.mu.Lock()
			r.watched = paths
			r.mu.Unlock()
			out := make(chan watch.Event)
			go func() {
				defer close(out)
				for {
					select {
					case <-ctx.Done():
						return
					case e := <-r.events:
						select {
						case out <- e:
						case <-ctx.Done():
							return
						}
					}
				}
			}()
			return out, nil
		},
		write: func(path string, m report.Model, replace bool) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			if strings.Contains(path, "there") && !replace {
				return errExists
			}
			r.wrote = append(r.wrote, fmt.Sprintf("%s: %d rows", path, len(m.Tensors)))
			return nil
		},
		clipboard: func(text string) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.copied = append(r.copied, text)
			return nil
		},
		now: time.Now,

		runner: r.runner, compare: r.compare, diverge: r.diverge, record: r.record, traces: r.traces, pictures: r.listPictures, preview: r.preview,
	}
}

// start runs a command in the background, as bubbletea would.
func (r *rig) start(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		switch m := cmd().(type) {
		case nil:
		case tea.BatchMsg:
			for _, c := range m {
				r.start(c)
			}
		default:
			r.inbox <- m
		}
	}()
}

// send takes in a message.
func (r *rig) send(m tea.Msg) {
	if _, ok := m.(tea.QuitMsg); ok {
		r.quit = true
		return
	}
	_, cmd := r.shell.Update(m)
	r.start(cmd)
}

// until takes in messages until something holds.
func (r *rig) until(what string, holds func() bool) {
	r.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	look := time.NewTicker(2 * time.Millisecond) // what holds may change without a message
	defer look.Stop()
	for !holds() {
		select {
		case m := <-r.inbox:
			r.send(m)
		case <-look.C:
		case <-deadline.C:
			r.t.Fatalf("%s has not happened; the screen is\n%s", what, r.screen())
		}
	}
}

// untilSeen takes in messages until the screen has a text, wrapped or not.
func (r *rig) untilSeen(text string) {
	r.t.Helper()
	r.until(fmt.Sprintf("%q on screen", text), func() bool {
		return strings.Contains(r.screen(), text) || strings.Contains(unwrapped(r.screen()), unwrapped(text))
	})
}

// unwrapped is a screen's words on one line, without the frames of boxes.
func unwrapped(screen string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(screen, "│", " ")), " ")
}

func (r *rig) screen() string { return ansi.Strip(r.shell.View()) }

// press sends keys by their names; other texts are typed.
func (r *rig) press(names ...string) {
	for _, name := range names {
		if k, ok := named[name]; ok {
			r.send(k)
			continue
		}
		for _, c := range name {
			r.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{c}})
		}
	}
}

var named = map[string]tea.KeyMsg{
	"enter": {Type: tea.KeyEnter}, "esc": {Type: tea.KeyEsc}, "tab": {Type: tea.KeyTab}, "space": {Type: tea.KeySpace, Runes: []rune{' '}},
	"ctrl+c": {Type: tea.KeyCtrlC}, "ctrl+s": {Type: tea.KeyCtrlS}, "ctrl+r": {Type: tea.KeyCtrlR}, "ctrl+p": {Type: tea.KeyCtrlP},
	"ctrl+u": {Type: tea.KeyCtrlU}, "ctrl+w": {Type: tea.KeyCtrlW}, "ctrl+t": {Type: tea.KeyCtrlT}, "ctrl+o": {Type: tea.KeyCtrlO}, "ctrl+n": {Type: tea.KeyCtrlN},
	"down": {Type: tea.KeyDown}, "up": {Type: tea.KeyUp}, "right": {Type: tea.KeyRight}, "left": {Type: tea.KeyLeft}, "backspace": {Type: tea.KeyBackspace},
}

// opened is a rig with the made-up model on screen and measured.
func openedRig(t *testing.T, n int) *rig {
	t.Helper()
	r := newRig(t, n)
	r.send(msg.OpenPath{Path: "made-up.safetensors"})
	r.until("the scan's end", func() bool { o := r.shell.open; return o != nil && !o.scanning && r.shell.pending() == 0 })
	return r
}

// edit changes the plan of one tensor to 4 bits.
func (r *rig) edit(name string) {
	r.t.Helper()
	r.startEdit(name)
	r.settled()
}

// startEdit is edit without waiting for the figures.
func (r *rig) startEdit(name string) {
	bits := 4
	r.send(msg.EditPlan{Names: []string{name}, Choice: plan.Choice{Bits: &bits}, Label: name + " → 4b"})
}

// settled takes in messages until plan and scan are at rest.
func (r *rig) settled() {
	r.t.Helper()
	r.until("rest", func() bool {
		o := r.shell.open
		return !o.applying && !o.scanning && !o.reloading && r.shell.pending() == 0
	})
}

func (r *rig) bitsOf(i int) int {
	if s := r.shell.report.Tensors[i].Scheme; s != nil {
		return s.Bits
	}
	return 16
}
