// Package run is the view that asks a model: a task, pictures and a prompt in,
// an answer token by token out, for one model or for several side by side.
package run

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/msg"
	"github.com/mmtui/mmtui/ui/theme"
)

// View is the Run view. Its models are its columns; the first is the open model.
type View struct {
	theme theme.Theme
	inks  *inks
	keys  keys.Map

	width, height int
	focused       bool
	pane          int // 0 is the form, n the n-th column

	models []model // what answers; never empty
	form   form
	line   component.Input // what is being typed
	typing bool
	wrong  string // why the line cannot be taken

	preview  preview
	estimate estimate

	runs    []*answers // oldest first
	at      int        // the run on screen, an index in runs
	running bool       // the last run is under way
	nextID  int
	strip   bool   // probabilities as a line of glyphs below the text
	noKL    bool   // the divergence from column 1 is not drawn below the text
	trace   string // file for the activations of the next run
}

// maxColumns and maxRuns bound what one view holds.
const (
	maxColumns = 4
	maxRuns    = 50
)

var (
	_ component.View       = (*View)(nil)
	_ component.Typist     = (*View)(nil)
	_ component.Cancelling = (*View)(nil)
)

// New is a view without a model.
func New(t theme.Theme, m keys.Map) *View {
	return &View{theme: t, inks: newInks(t), keys: m, models: []model{{}}, form: newForm(), strip: colourless(t)}
}

// Title is the name on the tab.
func (v *View) Title() string { return "Run" }

// Typing is true while a prompt, a text or a number is typed.
func (v *View) Typing() bool { return v.typing }

// Cancels is true while Esc has a run to stop.
func (v *View) Cancels() bool { return v.running }

// Update takes in a message.
func (v *View) Update(m tea.Msg) (component.View, tea.Cmd) {
	switch m := m.(type) {
	case msg.ModelOpened:
		v.models[0] = model{label: m.Label, from: msg.Source{Path: m.Path}}
	case msg.Show:
		if m.View == msg.Run || m.View == msg.Diverge { // that one asks what the form says
			return v, v.ask()
		}
	case msg.RunnerPacks:
		v.packs(m)
	case msg.RunnerReady:
		return v, v.runnerIsReady(m)
	case msg.EstimateReady:
		if m.Seq == v.estimate.seq {
			v.estimate = estimate{seq: m.Seq, known: true, value: m.Estimate, err: m.Err}
		}
	case msg.PicturesChosen:
		v.form.setPictures(m.Paths)
		return v, v.changed()
	case msg.PreviewReady:
		v.preview.take(m, v.theme)
	case msg.ColumnChosen:
		return v, v.addColumn(m)
	case msg.TraceChosen:
		v.trace = m.Path
		return v, v.start()
	case msg.RunProgress:
		v.progress(m)
	case msg.Resized:
		v.width, v.height = m.Width, m.Height
		return v, v.wantPreview()
	case msg.Focus:
		v.focused = m.On
	case msg.ThemeChanged:
		v.theme, v.inks, v.strip = m.Theme, newInks(m.Theme), v.strip || colourless(m.Theme)
		v.preview.draw(m.Theme)
	case msg.Mouse:
		return v, v.mouse(m)
	case tea.KeyMsg:
		return v, v.typed(m)
	}
	return v, nil
}

// changed asks for a new estimate and the right preview after a change of the request.
func (v *View) changed() tea.Cmd {
	v.estimate = estimate{seq: v.estimate.seq + 1}
	cmds := []tea.Cmd{v.wantPreview()}
	if first := v.models[0]; first.known && first.err == nil && v.form.incomplete() == "" {
		v.estimate.asked = true
		cmds = append(cmds, send(msg.NeedEstimate{Seq: v.estimate.seq, Source: first.from, Request: v.form.request()}))
	}
	cmds = append(cmds, v.announce())
	return tea.Batch(cmds...)
}

// previewPath is the picture to show: that under the cursor of the scores, or of the form.
func (v *View) previewPath() string {
	if one := v.shown(); v.pane > 0 && one != nil && one.request.Task == infer.Retrieval && one.row < len(one.request.Images) {
		return one.request.Images[one.row]
	}
	return v.form.picture()
}

func (v *View) wantPreview() tea.Cmd {
	at := v.places().preview
	path := v.previewPath()
	if path == "" || at.W < 4 || at.H < 2 || !v.preview.wants(path, at.W, at.H) {
		return nil
	}
	return send(msg.NeedPreview{Path: path, Width: at.W, Height: at.H})
}

// start asks every column.
func (v *View) start() tea.Cmd {
	if v.whyNoRun() != "" {
		return nil
	}
	q := v.form.request()
	v.nextID++
	one := newAnswers(v.nextID, q, v.form, v.models)
	v.runs = append(v.runs, one)
	if len(v.runs) > maxRuns {
		v.runs = v.runs[len(v.runs)-maxRuns:]
	}
	v.at, v.running = len(v.runs)-1, true
	if v.pane == 0 && v.places().alone {
		v.pane = 1 // the form would hide the answer
	}
	columns := make([]msg.Source, len(v.models))
	for i, m := range v.models {
		columns[i] = m.from
	}
	trace := v.trace
	v.trace = ""
	return send(msg.StartRun{ID: one.id, Columns: columns, Request: q, Trace: trace})
}

// whyNoRun is the reason that nothing can be asked now, "" when it can.
func (v *View) whyNoRun() string {
	if v.running && v.models[0].from.Path != "" {
		return "a run is under way; Esc stops it"
	}
	return v.whyNotAsked()
}

// progress takes in a frame's worth of a run.
func (v *View) progress(m msg.RunProgress) {
	for _, one := range v.runs {
		if one.id == m.ID {
			one.take(m)
		}
	}
	if m.Last && m.ID == v.nextID {
		v.running = false
	}
}

// stop ends the run under way.
func (v *View) stop() tea.Cmd {
	v.runs[len(v.runs)-1].stopping = true
	return send(msg.StopRun{ID: v.nextID})
}

// shown is the run on screen, nil before the first.
func (v *View) shown() *answers {
	if v.at < len(v.runs) {
		return v.runs[v.at]
	}
	return nil
}

// current is the column in focus of the run on screen; the first while the form has the focus.
func (v *View) current() *column {
	one := v.shown()
	if one == nil {
		return nil
	}
	return one.columns[min(max(v.pane-1, 0), len(one.columns)-1)]
}

// typed handles a key while a line is typed.
func (v *View) typed(k tea.KeyMsg) tea.Cmd {
	if !v.typing {
		return nil
	}
	switch a, _ := v.keys.In(k.String(), keys.Text); a {
	case keys.Cancel:
		v.typing, v.wrong = false, ""
		v.form.dropEmptyText()
	case keys.Accept:
		if v.wrong = v.form.set(strings.TrimSpace(v.line.Value())); v.wrong == "" {
			v.typing = false
			return v.changed()
		}
	default:
		v.line, _ = v.line.Key(k)
		v.wrong = ""
	}
	return nil
}

func send(m tea.Msg) tea.Cmd { return func() tea.Msg { return m } }
