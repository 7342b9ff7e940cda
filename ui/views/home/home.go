// Package home is the view that opens things: the models of the local Hugging
// Face cache, recent projects, a file picker and a path typed by hand.
package home

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// The panels, in the order of the focus.
const (
	recent = iota
	cache
	files
	panels
)

// View is the Home view.
type View struct {
	theme theme.Theme
	keys  keys.Map
	panel [panels]panel
	at    int // panel in focus

	folder, parent string
	hidden         bool

	typing  typing
	input   component.Input // the path
	needle  component.Input // the filter
	opening string          // path being opened
	failed  string          // path that could not be opened
	problem string          // why

	width, height int
	focused       bool
}

// typing is which line of text is being edited.
type typing int

const (
	nothing typing = iota
	path
	filter
)

var (
	_ component.View       = (*View)(nil)
	_ component.Typist     = (*View)(nil)
	_ component.Cancelling = (*View)(nil)
)

// New is a view that waits for its lists; Init asks for them.
func New(t theme.Theme, m keys.Map) *View {
	v := &View{theme: t, keys: m, focused: true, at: files}
	v.panel[recent] = panel{title: "Recent", empty: "none yet: what you open is listed here"}
	v.panel[cache] = panel{title: "Models in the Hugging Face cache", empty: "none: nothing is downloaded from here"}
	v.panel[files] = panel{title: "Files", empty: "no folder, model or project here"}
	return v
}

// Init asks the shell for what can be opened.
func (v *View) Init() tea.Cmd {
	return tea.Batch(send(msg.NeedHome{}), send(msg.NeedFolder{Path: v.folder, Hidden: v.hidden}))
}

// Title is the name on the tab.
func (v *View) Title() string { return "Home" }

// Typing is true while a path or the filter is typed.
func (v *View) Typing() bool { return v.typing != nothing }

// Cancels is true while Back has something to take away.
func (v *View) Cancels() bool { return !v.needle.Empty() || v.problem != "" }

// Update takes in a message.
func (v *View) Update(m tea.Msg) (component.View, tea.Cmd) {
	switch m := m.(type) {
	case msg.HomeListed:
		v.panel[recent].set(m.Recent, m.RecentProblem)
		v.panel[cache].set(m.Cache, m.CacheProblem)
		v.focusFirst()
	case msg.FolderListed:
		v.setFolder(m)
	case msg.Opening:
		v.opening, v.problem, v.failed = m.Path, "", ""
	case msg.OpenFailed:
		v.opening, v.failed, v.problem = "", m.Path, m.Err.Error()
	case msg.ReportChanged:
		v.opening, v.problem, v.failed = "", "", ""
	case msg.Resized:
		v.width, v.height = m.Width, m.Height
		v.place()
	case msg.Focus:
		v.focused = m.On
	case msg.ThemeChanged:
		v.theme = m.Theme
	case msg.Mouse:
		return v, v.mouse(m)
	case tea.KeyMsg:
		return v, v.typed(m)
	}
	return v, nil
}

// focusFirst moves the focus off a list that turned out empty, once, when the lists come in.
func (v *View) focusFirst() {
	for _, i := range []int{recent, cache, files} {
		if len(v.panel[i].entries) > 0 {
			v.at = i
			return
		}
	}
	v.at = files
}

func (v *View) setFolder(m msg.FolderListed) {
	if m.Err != nil {
		v.failed, v.problem = m.Path, m.Err.Error()
		return
	}
	was := v.folder
	v.folder, v.parent = m.Path, m.Parent
	v.panel[files].title = "Files in " + component.Clean(m.Path)
	entries := m.Entries
	if m.Parent != "" {
		entries = append([]msg.HomeEntry{{Label: "..", Detail: "folder above", Path: m.Parent, Folder: true}}, entries...)
	}
	v.panel[files].set(entries, "")
	v.panel[files].narrow(v.needle.Value())
	for i, e := range v.panel[files].entries {
		if e.Path == was && m.Parent != was { // coming up from a folder: stay on it
			v.panel[files].to(i)
		}
	}
}

// typed handles a key while a line of text is edited.
func (v *View) typed(k tea.KeyMsg) tea.Cmd {
	if v.typing == nothing {
		return nil
	}
	line := &v.input
	if v.typing == filter {
		line = &v.needle
	}
	switch a, _ := v.keys.In(k.String(), keys.Text); a {
	case keys.Accept:
		was := v.typing
		v.typing = nothing
		if text := strings.TrimSpace(v.input.Value()); was == path && text != "" {
			return send(msg.OpenPath{Path: text})
		}
	case keys.Cancel:
		*line = component.Input{}
		v.typing = nothing
		v.narrow()
	case "":
		*line, _ = line.Key(k)
		if v.typing == filter {
			v.narrow()
		}
	}
	v.place()
	return nil
}

func (v *View) narrow() {
	for i := range v.panel {
		v.panel[i].narrow(v.needle.Value())
	}
}

// Actions lists what the view does now, in footer order.
func (v *View) Actions() []keys.Offer {
	entry := ""
	if _, ok := v.panel[v.at].current(); !ok {
		entry = "nothing is listed here"
	}
	up := ""
	if v.parent == "" {
		up = "this is the topmost folder"
	}
	return []keys.Offer{
		{Action: keys.Open, Off: entry}, {Action: keys.NextFocus}, {Action: keys.TypePath}, {Action: keys.Filter},
		{Action: keys.ParentDir, Off: up}, {Action: keys.Hidden}, {Action: keys.Copy, Off: entry},
	}
}

// Do carries out an action.
func (v *View) Do(a keys.Action) (component.View, tea.Cmd, bool) {
	p := &v.panel[v.at]
	if p.motion(a) {
		return v, nil, true
	}
	switch a {
	case keys.NextFocus:
		v.at = (v.at + 1) % panels
	case keys.PrevFocus:
		v.at = (v.at + panels - 1) % panels
	case keys.Open:
		return v, v.open(), true
	case keys.TypePath:
		v.typing = path
	case keys.Filter:
		v.typing = filter
	case keys.ParentDir:
		v.at = files
		return v, send(msg.NeedFolder{Path: v.parent, Hidden: v.hidden}), true
	case keys.Hidden:
		v.hidden = !v.hidden
		return v, send(msg.NeedFolder{Path: v.folder, Hidden: v.hidden}), true
	case keys.Copy:
		if e, ok := p.current(); ok {
			return v, tea.Batch(send(msg.Copy{Text: e.Path}), send(msg.Toast{Text: "copied " + component.Clean(e.Path)})), true
		}
	case keys.Back:
		if !v.Cancels() {
			return v, nil, false
		}
		v.needle, v.problem, v.failed = component.Input{}, "", ""
		v.narrow()
	default:
		return v, nil, false
	}
	v.place()
	return v, nil, true
}

func (v *View) open() tea.Cmd {
	e, ok := v.panel[v.at].current()
	if !ok {
		return nil
	}
	if e.Folder {
		v.at = files
		return send(msg.NeedFolder{Path: e.Path, Hidden: v.hidden})
	}
	return send(msg.OpenPath{Path: e.Path})
}

func send(m tea.Msg) tea.Cmd { return func() tea.Msg { return m } }
