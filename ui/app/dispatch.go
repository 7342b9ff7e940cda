package app

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/layout"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// pressed deals with keys. Letters that arrived together, because someone types
// fast or the machine was busy, are one message of bubbletea; each is a key. So
// is Esc with a letter right after it, which looks like Alt with the letter.
func (s *shell) pressed(k tea.KeyMsg) tea.Cmd {
	if k.Type != tea.KeyRunes || k.Paste {
		return s.pressedOne(k)
	}
	var cmds []tea.Cmd
	if _, bound := s.keys.Lookup(k.String(), s.context()); k.Alt && !bound {
		k.Alt = false
		cmds = append(cmds, s.pressedOne(tea.KeyMsg{Type: tea.KeyEsc}))
	}
	for _, r := range k.Runes {
		cmds = append(cmds, s.pressedOne(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: k.Alt}))
	}
	return tea.Batch(cmds...)
}

// pressedOne deals with a key: Ctrl-C first, then what lies on top, then the
// line that is typed, then the table of bindings.
func (s *shell) pressedOne(k tea.KeyMsg) tea.Cmd {
	action, bound := s.keys.Lookup(k.String(), s.context())
	if global, ok := s.keys.In(k.String(), keys.Global); ok && global == keys.ForceQuit {
		return s.quit(tea.ErrInterrupted)
	}
	switch {
	case s.frame.Class == layout.TooSmall:
		if action == keys.Quit {
			return s.dispatch(action)
		}
		return nil
	case len(s.overlays) > 0:
		return s.topKey(k)
	case isTyping(s.focused()):
		return s.toFocused(k)
	case bound:
		return s.dispatch(action)
	}
	return nil
}

func isTyping(v component.View) bool {
	t, ok := v.(component.Typist)
	return ok && t.Typing()
}

func cancels(v component.View) bool {
	c, ok := v.(component.Cancelling)
	return ok && c.Cancels()
}

func (s *shell) toFocused(m tea.Msg) tea.Cmd {
	if s.sideOn && s.sideHas {
		return s.toSide(m)
	}
	return s.to(s.active, m)
}

// dispatch carries out an action: the focused view first, then the shell. An
// action that is off says why.
func (s *shell) dispatch(a keys.Action) tea.Cmd {
	if reason := s.whyOff(a); reason != "" {
		return s.refuse(s.nameOf(a) + ": " + reason)
	}
	if a == keys.Back {
		return s.back()
	}
	if cmd, handled := s.viewDoes(a); handled {
		return cmd
	}
	if cmd, handled := s.act(a); handled {
		return cmd
	}
	return s.refuse(s.nameOf(a) + " has no use in this view")
}

func (s *shell) viewDoes(a keys.Action) (tea.Cmd, bool) {
	next, cmd, handled := s.focused().Do(a)
	switch {
	case s.sideOn && s.sideHas:
		s.side = next
	case s.active == msg.Home:
		s.home = next
		return cmd, handled
	default:
		s.views[s.active] = next
	}
	return ownedBy(s.open, cmd), handled
}

// whyOff is the reason that an action cannot be used now, "" when it can.
func (s *shell) whyOff(a keys.Action) string {
	for _, o := range append(s.focused().Actions(), s.offers()...) {
		if o.Action == a {
			return o.Off
		}
	}
	return ""
}

func (s *shell) nameOf(a keys.Action) string {
	if b, ok := s.keys.Binding(a, s.context()); ok {
		return b.Short
	}
	return string(a)
}

// offers lists the shell's own actions, in the order of the footer.
func (s *shell) offers() []keys.Offer {
	none := ""
	if s.open == nil {
		none = "no model is open; o opens one"
	}
	undo, redo, scan, back := none, none, none, ""
	if s.open != nil {
		if len(s.open.history.past) == 0 {
			undo = "the plan has not been changed"
		}
		if len(s.open.history.future) == 0 {
			redo = "nothing was undone"
		}
		if s.open.scanning {
			scan = "a scan is running; Esc stops it"
		} else if s.hushed() {
			scan = "a run is under way; the scan goes on after it"
		} else if s.pending() == 0 {
			scan = "every tensor is measured"
		}
	}
	whatIf := none
	if !s.aboutWeights() && none == "" {
		whatIf = "it works on a tensor: 1 shows the layers"
	}
	list, next := s.modelsOffer()
	return []keys.Offer{
		{Action: keys.ShowWhat, Off: whatIf}, {Action: keys.Undo, Off: undo}, {Action: keys.Redo, Off: redo},
		{Action: keys.PinA, Off: none}, {Action: keys.PinB, Off: none},
		{Action: keys.Save, Off: none}, {Action: keys.SaveAs, Off: none}, {Action: keys.OpenHome},
		{Action: keys.Rescan, Off: scan}, {Action: keys.Reload, Off: none}, {Action: keys.Back, Off: back},
		{Action: keys.View2, Off: s.noTensorView(none)},
		{Action: keys.OpenModels, Off: list}, {Action: keys.NextModel, Off: next},
	}
}

func (s *shell) noTensorView(none string) string {
	if none == "" && s.selection.Name == "" {
		return "the cursor of the Layers view is on no tensor"
	}
	return none
}

// act carries out the shell's own actions.
func (s *shell) act(a keys.Action) (tea.Cmd, bool) {
	if n := keys.ViewNumber(a); n > 0 && n <= len(tabs()) {
		return s.show(tabs()[n-1]), true
	}
	switch a {
	case keys.Quit:
		return s.askQuit(), true
	case keys.ForceQuit:
		return s.quit(tea.ErrInterrupted), true
	case keys.ShowHelp:
		s.push(s.help())
		return nil, true
	case keys.Commands:
		s.push(s.palette())
		return nil, true
	case keys.NextFocus, keys.PrevFocus:
		if !s.sideOn {
			return s.refuse("there is one panel only; w opens the what-if panel"), true
		}
		return s.moveFocus(), true
	case keys.ShowWhat:
		return s.toggleSide(), true
	case keys.OpenHome:
		return s.show(msg.Home), true
	case keys.OpenModels:
		s.push(s.modelList())
		return nil, true
	case keys.NextModel:
		return s.nextModel(), true
	case keys.Undo:
		return s.undo(), true
	case keys.Redo:
		return s.redo(), true
	case keys.PinA:
		return s.pin("A"), true
	case keys.PinB:
		return s.pin("B"), true
	case keys.Save:
		return s.save("", nil), true
	case keys.SaveAs:
		return s.askPath(nil), true
	case keys.Rescan:
		return s.startScan(), true
	case keys.Reload:
		return s.reloadAll(), true
	case keys.NextTheme:
		return s.nextTheme(), true
	case keys.Redraw:
		return tea.ClearScreen, true
	}
	return s.actOnTensor(a)
}

// actOnTensor carries out, for the Tensor view, what the Layers view knows.
func (s *shell) actOnTensor(a keys.Action) (tea.Cmd, bool) {
	switch a {
	case keys.NextTensor:
		return s.to(msg.Layers, msg.StepTensor{By: 1}), true
	case keys.PrevTensor:
		return s.to(msg.Layers, msg.StepTensor{By: -1}), true
	case keys.Mark:
		return s.to(msg.Layers, msg.ToggleMark{Name: s.selection.Name}), true
	}
	return nil, false
}

// back closes what is uppermost: the side panel, something of the view, an
// error, the opening or the scan; else it goes back to the Layers view.
func (s *shell) back() tea.Cmd {
	if s.sideOn && s.sideHas {
		if cmd, handled := s.viewDoes(keys.Back); handled {
			return cmd
		}
		return s.closeSide()
	}
	if cancels(s.focused()) {
		if cmd, handled := s.viewDoes(keys.Back); handled {
			return cmd
		}
	}
	switch {
	case s.sideOn:
		return s.closeSide()
	case len(s.toasts) > 0:
		s.toasts = s.toasts[:len(s.toasts)-1]
		return nil
	case s.opening != "":
		return s.cancelOpening()
	case s.active != msg.Layers && s.open != nil:
		return s.show(msg.Layers)
	case s.open != nil && s.open.scanning:
		return s.cancelScan()
	}
	return nil
}

// askQuit quits, after a question when the plan would be lost.
func (s *shell) askQuit() tea.Cmd {
	var dirty []string
	for _, o := range s.models {
		if o.history.dirty() {
			dirty = append(dirty, o.label())
		}
	}
	if len(dirty) == 0 {
		return s.quit(nil)
	}
	q := question{
		keymap: s.keys, title: "Quit", text: "The plan has changes that are not saved.",
		yes: answer{"quit without saving", quitNow{}},
	}
	if len(s.models) > 1 {
		q.text = "Plans have changes that are not saved: " + strings.Join(dirty, ", ") + "."
	}
	if len(dirty) == 1 && s.open.history.dirty() {
		q.save = answer{"save first", saveThen{quitNow{}}}
	}
	s.push(q)
	return nil
}

// aboutWeights reports whether the view on screen is about a model's tensors.
func (s *shell) aboutWeights() bool {
	return s.active != msg.Home && s.active != msg.Run && s.active != msg.Trace && s.active != msg.Diverge && s.active != msg.Bench && s.active != msg.Live
}

// nextTheme switches to the next theme.
func (s *shell) nextTheme() tea.Cmd {
	names := theme.Names()
	next := names[0]
	for i, n := range names {
		if n == s.theme.Name {
			next = names[(i+1)%len(names)]
		}
	}
	return s.setTheme(next)
}

func (s *shell) setTheme(name theme.Name) tea.Cmd {
	s.theme = theme.New(name, s.theme.Profile, s.theme.Graph)
	change := msg.ThemeChanged{Theme: s.theme}
	cmds := []tea.Cmd{s.say("theme: " + string(name)), s.to(msg.Home, change)}
	cmds = append(cmds, s.onEvery(func() tea.Cmd { return s.toDesk(change) }))
	if s.open == nil {
		cmds = append(cmds, s.toDesk(change))
	}
	return tea.Batch(cmds...)
}
