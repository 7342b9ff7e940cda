package app

import (
	"context"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/live"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/layout"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
	"github.com/mmtui/mmtui/ui/views/home"
)

// shell is the workbench: the views, what is open, and what lies over them. It
// alone talks to the session and to files, and only in commands; messages come
// back, and Update alone changes the shell.
type shell struct {
	theme    theme.Theme
	keys     keys.Map
	services services
	tasks    *tasks // of the whole program

	width, height int
	frame         layout.Frame

	home     component.View
	active   msg.ViewID
	previous msg.ViewID // where Back leads
	sideOn   bool
	sideHas  bool // keys go to the side panel

	overlays []layer
	toasts   []toast
	toastID  int

	path     string // to be opened at the start
	opening  string // being opened, "" when nothing is
	openID   int    // number of the last opening; answers to older ones are dropped
	stopOpen context.CancelFunc
	problem  string // why the last opening failed

	models []*opened // all that are open, in the order of their opening
	shown  *opened   // the one on screen, nil for none
	blank  *desk     // on screen while no model is open

	// The model at hand and its desk: the one on screen, but for the time that a
	// message of another one is dealt with, see on.
	open *opened
	*desk

	runners   *runners
	bench     *benching // the measurement under way, nil for none
	graphics  *graphics
	strip     live.Snapshot // the figures of the strip; empty: none are taken
	lastClick click
	quitting  bool
	still     bool  // it is driven for a picture: no toasts
	err       error // what Run returns
}

// tabs lists the views in the order of their keys.
func tabs() []msg.ViewID {
	return []msg.ViewID{msg.Layers, msg.Tensor, msg.Compare, msg.Run, msg.Trace, msg.Home, msg.Diverge, msg.Bench, msg.Live}
}

func newShell(ctx context.Context, t theme.Theme, m keys.Map, path string, sv services) *shell {
	s := &shell{theme: t, keys: m, services: sv, tasks: newTasks(ctx), path: path, active: msg.Home, previous: msg.Home}
	s.home = home.New(t, m)
	s.blank = newDesk(t, m)
	s.desk = s.blank
	s.runners = newRunners(sv.runner)
	s.graphics = newGraphics(sv.graphics)
	return s
}

// Init opens what was asked for, or lists what can be opened.
func (s *shell) Init() tea.Cmd {
	cmds := []tea.Cmd{send(msg.NeedHome{}), send(msg.NeedFolder{}), s.startLive()}
	if s.path != "" {
		cmds = append(cmds, send(msg.OpenPath{Path: s.path}))
	}
	return tea.Batch(cmds...)
}

// Update hands a message to whoever deals with its kind.
func (s *shell) Update(m tea.Msg) (tea.Model, tea.Cmd) {
	if s.quitting {
		return s, nil
	}
	if m, ok := m.(owned); ok {
		if !slices.Contains(s.models, m.by) {
			return s, nil
		}
		return s, s.on(m.by, func() tea.Cmd { return s.take(m.m) })
	}
	return s, s.take(m)
}

// take deals with a message of the model at hand, or of none.
func (s *shell) take(m tea.Msg) tea.Cmd {
	if cmd, ok := s.fromTerminal(m); ok {
		return cmd
	}
	if cmd, ok := s.fromView(m); ok {
		return cmd
	}
	if cmd, ok := s.fromRun(m); ok {
		return cmd
	}
	if cmd, ok := s.fromDiverge(m); ok {
		return cmd
	}
	if cmd, ok := s.fromBench(m); ok {
		return cmd
	}
	if cmd, ok := s.fromLive(m); ok {
		return cmd
	}
	if cmd, ok := s.fromTask(m); ok {
		return cmd
	}
	return s.toAll(m)
}

// fromTerminal deals with keys, the mouse and the size.
func (s *shell) fromTerminal(m tea.Msg) (tea.Cmd, bool) {
	switch m := m.(type) {
	case tea.WindowSizeMsg:
		s.width, s.height = m.Width, m.Height
		return s.arrange(), true
	case tea.KeyMsg:
		return s.pressed(m), true
	case tea.MouseMsg:
		return s.mouse(m), true
	}
	return nil, false
}

// fromView deals with what views ask for.
func (s *shell) fromView(m tea.Msg) (tea.Cmd, bool) {
	switch m := m.(type) {
	case msg.Show:
		return s.show(m.View), true
	case msg.OpenTensor:
		return s.openTensor(m), true
	case msg.OpenPath:
		return s.openPath(m.Path), true
	case msg.NeedDetail, msg.NeedGroup, msg.NeedTry, msg.DropTries:
		return s.answer(m), true
	case msg.EditPlan:
		return s.editPlan(m), true
	case msg.Undo:
		return s.undo(), true
	case msg.Redo:
		return s.redo(), true
	case msg.PinAs:
		return s.pin(m.Side), true
	case msg.PinsChanged:
		s.pins = m
		return s.toAll(m), true
	case msg.Save:
		return s.save(m.Path, nil), true
	case msg.Export:
		return s.export(m.Rows), true
	case msg.Visible:
		return s.prioritize(m.Rows), true
	case msg.Toast:
		return s.toast(m.Text, m.Error), true
	case msg.Copy:
		return s.copy(m.Text), true
	case msg.CloseSide:
		return s.closeSide(), true
	case msg.SelectionChanged:
		// Commands may overtake each other: the message says that something has changed, the view what holds now.
		if now, ok := s.views[msg.Layers].(interface{ Selection() msg.SelectionChanged }); ok {
			m = now.Selection()
		}
		s.selection = m
		return s.toAll(m), true
	case msg.NeedHome:
		return s.needHome(), true
	case msg.NeedFolder:
		return s.needFolder(m), true
	}
	return nil, false
}

// fromTask deals with what commands bring back.
func (s *shell) fromTask(m tea.Msg) (tea.Cmd, bool) {
	switch m := m.(type) {
	case run:
		return s.dispatch(m.action), true
	case quitNow:
		return s.quit(nil), true
	case toastExpired:
		s.dropToast(m.id)
		return nil, true
	case openSucceeded:
		return s.openedModel(m), true
	case openFailed:
		return s.failedOpen(m), true
	case rowsReady:
		return s.takeRows(m), true
	case reportReady:
		return s.takeReport(m), true
	case planApplied:
		return s.planIsApplied(m), true
	case watchStarted:
		return s.watchIsOn(m), true
	case fileChanged:
		return s.fileIsChanged(m), true
	case modelReloaded:
		return s.modelIsReloaded(m), true
	case projectReloaded:
		return s.projectIsReloaded(m), true
	case useModel:
		return s.useModel(m.which), true
	case closeOpen:
		return s.closeOne(m), true
	case saveTo, saveThen, saved:
		return s.saving(m), true
	case exportTo, exported:
		return s.exporting(m), true
	case useTheme:
		return s.setTheme(m.name), true
	case said:
		return s.toast(m.text, m.isErr), true
	}
	return nil, false
}

// focused is the view that keys reach first.
func (s *shell) focused() component.View {
	if s.sideOn && s.sideHas {
		return s.side
	}
	return s.view(s.active)
}

// context is where the focused view's bindings hold.
func (s *shell) context() keys.Context {
	if s.sideOn && s.sideHas {
		return keys.WhatIf
	}
	return keys.Context(s.active)
}

func send(m tea.Msg) tea.Cmd { return func() tea.Msg { return m } }

// said is a toast that a command brings back.
type said struct {
	text  string
	isErr bool
}

// quitNow quits without asking.
type quitNow struct{}

// run carries out an action, as if its key had been pressed.
type run struct{ action keys.Action }

func (s *shell) quit(err error) tea.Cmd {
	s.quitting, s.err = true, err
	return tea.Quit
}
