package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/mmtui/mmtui/core/bench"
	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/table"
)

// headRows is what stands above the table: the choice, the state, the machine and its peaks.
const headRows = 5

// tableRows is the number of rows of the table, its head aside.
func (v View) tableRows(height int) int { return max(height-headRows-1, 0) }

// Render draws exactly width × height cells.
func (v View) Render(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	lines := []string{v.choice(), v.state()}
	if v.rows() == 0 {
		return component.Fit(strings.Join(append(lines, v.advice(width)...), "\n"), width, height)
	}
	lines = append(lines, v.machine()...)
	for i := range lines {
		lines[i] = component.Line(" "+lines[i], width, v.theme.Glyphs.Ellipsis)
	}
	columns := v.columns(width)
	placed := table.Place(columns, width)
	s := source{View: v, columns: columns}
	for _, p := range placed {
		if p.ID == "bar" {
			s.barWidth = p.W
		}
	}
	scroll := v.scroll[v.subject].Resize(v.tableRows(height), v.rows())
	lines = append(lines, v.table.Render(placed, s, scroll, table.Sort{}, v.focused, width))
	return component.Fit(strings.Join(lines, "\n"), width, height)
}

// choice shows what can be timed.
func (v View) choice() string {
	names := []string{"kernels", "no model is open"}
	if v.path != "" {
		names[1] = "model " + component.Clean(v.label)
	}
	for i, name := range names {
		if subject(i) == v.subject {
			names[i] = v.theme.Strong.Render(v.theme.Glyphs.Active + " " + name)
		} else {
			names[i] = v.theme.Dim.Render("  " + name)
		}
	}
	return strings.Join(names, "  ")
}

// state says how far the measurement is, or how it ended.
func (v View) state() string {
	t, err := v.theme, v.errs[v.subject]
	switch {
	case v.running && v.measured == v.subject:
		text := "measuring"
		if v.of > 0 {
			text = fmt.Sprintf("measuring %d of %d", min(v.done+1, v.of), v.of)
		}
		return t.Accent.Render(text+" "+t.Glyphs.Pending) + t.Dim.Render(" "+component.Clean(v.what))
	case v.running:
		return t.Accent.Render("the other one is being measured " + t.Glyphs.Pending)
	case errors.Is(err, context.Canceled):
		return t.Warn.Render(t.Glyphs.Warning + " stopped; what was measured until then stays")
	case err != nil:
		return t.Bad.Render(t.Glyphs.Cross + " " + component.Clean(err.Error()))
	case v.rows() > 0:
		return t.Good.Render(t.Glyphs.Check) + t.Dim.Render(" shares of the peaks that the same run measured")
	}
	return ""
}

// machine is the machine and its peaks, three lines.
func (v View) machine() []string {
	var m bench.Machine
	var peaks []bench.Peak
	if v.subject == ofKernels {
		m, peaks = v.kernels.Machine, v.kernels.Peaks
	} else {
		m, peaks = v.model.Machine, []bench.Peak{v.model.Peak}
	}
	lines := []string{v.theme.Dim.Render(component.Clean(m.Line()))}
	for _, p := range peaks {
		lines = append(lines, v.theme.Dim.Render(component.Clean(p.Line())))
	}
	return append(lines, "", "")[:3]
}

// advice is what to do where nothing was measured.
func (v View) advice(width int) []string {
	key := func(a keys.Action) string {
		b, _ := v.keys.Binding(a, keys.Bench)
		return v.theme.Key.Render(b.First())
	}
	about := "Tier by tier and shape by shape, on one thread and on all, float32 and bfloat16 beside them. " +
		"Each as its share of what the machine reaches at most in the same run."
	if v.subject == ofModel {
		about = "Float and INT2, on random ids and pixels: the first token of a picture, a prompt, further tokens; or pictures and texts. " +
			"Layer by layer, as shares of what the machine reaches at most in the same run."
	}
	lines := []string{"", v.theme.Strong.Render("Time the kernels of this machine, or the open model."), ""}
	for _, l := range strings.Split(ansi.Wrap(about, max(min(width-4, adviceWidth), 8), ""), "\n") {
		lines = append(lines, v.theme.Dim.Render(l))
	}
	lines = append(lines, "",
		key(keys.RunNow)+v.theme.Dim.Render(" measures    ")+key(keys.NextTask)+v.theme.Dim.Render(" chooses kernels or model"))
	for i := range lines {
		lines[i] = component.Line("  "+lines[i], width, v.theme.Glyphs.Ellipsis)
	}
	return lines
}

// adviceWidth is how long lines of text are at most.
const adviceWidth = 76

func (v View) columns(width int) []table.Column {
	var out []table.Column
	for i, h := range heads(v.subject) {
		out = append(out, table.Column{ID: h.id, Title: h.title, Width: h.width, Right: h.right, Drop: h.drop, Flex: i == 0})
	}
	title := "ARITHMETIC"
	if v.reading {
		title = "READING"
	}
	return append(out, table.Column{ID: "bar", Title: title, Width: min(max(width/6, 10), 40)})
}

// source gives the table its rows.
type source struct {
	View
	columns  []table.Column
	barWidth int
}

// Len is the number of lines.
func (s source) Len() int { return s.rows() }

// Row fills in line i.
func (s source) Row(i int, row *table.Row) {
	t, l := s.theme, s.lines[s.subject][i]
	for k, text := range l.cells {
		row.Cells[k].Text = text
	}
	if l.title {
		row.Cells[0].Ink, row.Wide = t.Ink(t.Strong), true
		return
	}
	if l.dim {
		row.Cells[0].Ink = t.Ink(t.Dim)
	}
	row.Cells[len(s.columns)-1] = s.bar(l)
}

// bar draws the share.
func (s source) bar(l line) table.Cell {
	n := l.peak
	if s.reading {
		n = l.reading
	}
	if !n.Valid() || s.barWidth == 0 {
		return table.Cell{Text: "n/a", Ink: s.theme.Ink(s.theme.Dim)}
	}
	share := min(float64(n), 1)
	canvas := chart.NewCanvas(s.barWidth, 1)
	chart.Bar(canvas, 0, 0, s.barWidth, share, -1, s.theme.Graph, chart.Accent)
	style, _ := s.theme.Heat(share)
	return table.Cell{Text: canvas.String(), Ink: s.theme.Ink(style)}
}
