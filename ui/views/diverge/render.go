package diverge

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/mmtui/mmtui/core/diverge"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/table"
)

// places is what stands where, in lines.
type places struct {
	head    int // title, basis and findings
	answers int
	charts  int // height of the boxes, 0 for none
	filter  int
	table   int // first line of the table's head
	rows    int // of the table
}

// The sizes that the layout starts from.
const (
	headLines   = 4
	chartLines  = 8
	narrow      = 100
	tallCharts  = 24 // from this height on there are charts
	tallAnswers = 18 // and from this on the answers
)

func (v *View) placesOf(_, height int) places {
	p := places{head: headLines}
	if height >= tallAnswers && v.report != nil && v.report.Task != retrieval {
		p.answers = 2
	}
	if height >= tallCharts {
		p.charts = chartLines
	}
	if v.filter.shows() {
		p.filter = 1
	}
	p.table = p.head + p.answers + p.charts + p.filter
	p.rows = max(height-p.table-1, 0)
	return p
}

const retrieval = "retrieval"

// Render draws exactly width × height cells.
func (v *View) Render(width, height int) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	if v.report == nil {
		return v.renderNothing(width, height)
	}
	p := v.placesOf(width, height)
	lines := v.head(width)
	if p.answers > 0 {
		lines = append(lines, v.answers(width)...)
	}
	if v.parts {
		lines = append(lines, v.combinations(width, max(height-len(lines), 0))...)
		return component.Fit(strings.Join(lines, "\n"), width, height)
	}
	if p.charts > 0 {
		lines = append(lines, v.charts(width, p.charts))
	}
	if p.filter > 0 {
		lines = append(lines, v.renderFilter(width))
	}
	columns := v.columns(width)
	placed := table.Place(columns, width)
	s := newSource(v, placed)
	lines = append(lines, v.table.Render(placed, s, v.scroll.Resize(p.rows, s.Len()), v.list.order, v.focused, width))
	return component.Fit(strings.Join(lines, "\n"), width, height)
}

// head draws what is compared, what the figures are worth and what stands out.
func (v *View) head(width int) []string {
	t, g, r := v.theme, v.theme.Glyphs, v.report
	dim := t.Dim.Render
	dot := dim(" " + g.Dot + " ")
	title := []string{t.Text.Render("float ") + dim(g.Arrow) + " " + t.Strong.Render(component.Clean(r.Variant)), dim(component.Clean(r.Task))}
	if words := v.inputWords(); words != "" {
		title = append(title, dim(words))
	}
	if n := len(r.Lifts); n > 0 {
		title = append(title, t.Marked.Render(g.Mark+" "+liftWords(r.Lifts, g.Ellipsis)))
	}
	if s := v.stateText(); s != "" {
		title = append(title[:1:1], append([]string{s}, title[1:]...)...)
	}
	basis := "local and cumulative errors describe this run; they do not predict which layer to repair"
	if width <= len(basis) {
		basis = "errors describe this run; they do not predict"
	}
	lines := []string{" " + strings.Join(title, dot), " " + dim(basis), " " + v.breakText(width), " " + v.otherFindings(width)}
	for i := range lines {
		lines[i] = component.Line(lines[i], width, g.Ellipsis)
	}
	return lines
}

// inputWords name pictures and prompt.
func (v *View) inputWords() string {
	r := v.report
	var out []string
	switch n := len(r.Images); n {
	case 0:
	case 1:
		out = append(out, baseName(r.Images[0]))
	default:
		out = append(out, counted(n, "picture"))
	}
	if r.Task == retrieval {
		return strings.Join(append(out, counted(len(r.Texts), "text")), ", ")
	}
	if r.Prompt != "" {
		out = append(out, component.Cut(component.Clean(r.Prompt), 40, v.theme.Glyphs.Ellipsis))
	}
	return strings.Join(out, ", ")
}

// stateText says what is under way or went wrong, "" for nothing.
func (v *View) stateText() string {
	t, g := v.theme, v.theme.Glyphs
	switch {
	case v.stopping:
		return t.Warn.Render("stopping " + g.Pending)
	case v.running:
		return t.Accent.Render(v.progressText())
	case v.err != nil:
		return t.Bad.Render(g.Cross + " " + component.Clean(v.err.Error()))
	case v.stopped:
		return t.Warn.Render(g.Warning + " stopped; r runs again")
	case v.history.present.report == nil:
		return t.Warn.Render("of the run before; r runs again")
	}
	return ""
}

func (v *View) progressText() string {
	p, g := v.progress, v.theme.Glyphs
	if p.Stage == "" {
		return "comparing " + g.Pending
	}
	text := g.Spinner[p.Done%len(g.Spinner)] + " " + component.Clean(p.Stage)
	if p.Of > 0 {
		text += fmt.Sprintf(" %d/%d", p.Done, p.Of)
	}
	return text
}

func (v *View) breakText(width int) string {
	t, r := v.theme, v.report
	below := " below " + decimal(r.BreakDB) + " dB"
	f := r.FirstBreak
	switch {
	case r.Exact:
		return t.Good.Render(t.Glyphs.Check) + t.Dim.Render(" no value differs anywhere")
	case f == nil:
		return t.Good.Render(t.Glyphs.Check) + t.Dim.Render(" no layer falls"+below)
	}
	at := decimal(f.CumulativeSQNRdB) + " dB,"
	if !f.CumulativeSQNRdB.Valid() {
		at = "values that are no numbers,"
	}
	return t.Bad.Render(t.Glyphs.Warning) + t.Dim.Render(" first break: ") + t.Strong.Render(v.layerName(f.Name, width-44)) +
		t.Dim.Render(" at "+at+below)
}

// layerName is the end of a layer's name.
func (v *View) layerName(name string, width int) string {
	return component.CutLeft(strings.TrimSuffix(component.Clean(name), ".weight"), max(width, 12), v.theme.Glyphs.Ellipsis)
}

func (v *View) otherFindings(width int) string {
	t, r := v.theme, v.report
	var out []string
	room, grows, worst := (width-60)/2, " amplifies most: ", " worst by itself: "
	if width < narrow {
		room, grows, worst = (width-42)/2, " amplifies: ", " worst: "
	}
	if f := r.MostAmplifying; f != nil {
		out = append(out, t.Warn.Render(t.Glyphs.Up)+t.Dim.Render(grows)+t.Strong.Render(v.layerName(f.Name, room))+
			t.Dim.Render(" by "+decimal(f.AmplificationDB)+" dB"))
	}
	if f := r.WorstLocal; f != nil {
		out = append(out, t.Warn.Render(t.Glyphs.Down)+t.Dim.Render(worst)+t.Strong.Render(v.layerName(f.Name, room))+
			t.Dim.Render(" at "+decimal(f.LocalSQNRdB)+" dB"))
	}
	if len(out) == 0 {
		return t.Dim.Render("  no layer amplifies the error")
	}
	return strings.Join(out, t.Dim.Render("  "))
}

// answers are what the two runs say.
func (v *View) answers(width int) []string {
	t, r := v.theme, v.report
	name := component.Cut(component.Clean(r.Variant), 10, t.Glyphs.Ellipsis)
	line := func(label, text string) string {
		shown := t.Text.Render(component.Clean(text))
		if text == "" {
			shown = t.Dim.Render("n/a: no answer")
		}
		return component.Line(" "+t.Dim.Render(component.Line(label, 11, ""))+shown, width, t.Glyphs.Ellipsis)
	}
	return []string{line("float", r.Answer), line(name, r.VariantAnswer)}
}

// renderNothing says what the view is for, and how far the first comparison is.
func (v *View) renderNothing(width, height int) string {
	t := v.theme
	key := func(a keys.Action, c keys.Context) string {
		b, _ := v.keys.Binding(a, c)
		return t.Key.Render(b.First())
	}
	lines := []string{t.Strong.Render("Where the quantized run leaves float, layer by layer."), ""}
	why := v.whyNoRun()
	switch {
	case v.running:
		lines = append(lines, t.Accent.Render(v.progressText()), v.progressBar(min(width-4, 40)))
	case v.err != nil:
		lines = append(lines, wrapped(v.err.Error(), width-4, t.Bad.Render)...)
	case v.stopped:
		lines = append(lines, t.Warn.Render(t.Glyphs.Warning+" stopped"))
	}
	switch {
	case v.running:
	case why != "":
		lines = append(lines, wrapped(why, width-4, t.Warn.Render)...)
	default:
		lines = append(lines, t.Text.Render("Compares float with ")+t.Strong.Render(component.Clean(v.next.Variant.Name))+
			t.Text.Render(" on "+string(v.next.Request.Task)+v.pictureWords()+"."))
	}
	ask := key(keys.RunNow, keys.Diverge) + t.Dim.Render(" runs what the Run view asks (") + key(keys.View4, keys.Global) + t.Dim.Render(" puts the question together).")
	lines = append(lines, "")
	lines = append(lines, strings.Split(ansi.Wrap(ask, max(width-4, 8), ""), "\n")...)
	lines = append(lines, wrapped("Local: this layer quantized, exact inputs. Cumulative: all before it, too.", width-4, t.Dim.Render)...)
	lines = append(lines, wrapped("Both describe one run; neither predicts which layer to repair.", width-4, t.Dim.Render)...)
	for i := range lines {
		lines[i] = component.Line("  "+lines[i], width, t.Glyphs.Ellipsis)
	}
	return component.Fit("\n"+strings.Join(lines, "\n"), width, height)
}

func (v *View) pictureWords() string {
	switch images := v.next.Request.Images; len(images) {
	case 0:
		return ""
	case 1:
		return " of " + baseName(images[0])
	default:
		return " of " + counted(len(images), "picture")
	}
}

func (v *View) progressBar(width int) string {
	if v.progress.Of <= 0 || width <= 0 {
		return ""
	}
	canvas := chart.NewCanvas(width, 1)
	chart.Bar(canvas, 0, 0, width, float64(v.progress.Done)/float64(v.progress.Of), -1, v.theme.Graph, chart.Accent)
	return strings.Join(canvas.Lines(chart.NewPainter(v.theme)), "")
}

// wrapped breaks a text into styled lines of at most width cells.
func wrapped(text string, width int, style func(...string) string) []string {
	lines := strings.Split(ansi.Wrap(component.Clean(text), max(width, 8), "/,;"), "\n")
	for i := range lines {
		lines[i] = style(lines[i])
	}
	return lines
}

// decimal is a figure in dB.
func decimal(n report.Number) string {
	if !n.Valid() {
		return "n/a"
	}
	return fmt.Sprintf("%.1f", float64(n))
}

func baseName(path string) string { return component.Clean(filepath.Base(filepath.ToSlash(path))) }

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return report.GroupDigits(int64(n)) + " " + what
}

// partNames are the parts of a task's model, in the order of its combinations.
func partNames(task string) []diverge.Part {
	if task == retrieval {
		return []diverge.Part{diverge.ImageTower, diverge.TextTower, diverge.Projection}
	}
	return []diverge.Part{diverge.Encoder, diverge.Connector, diverge.Decoder}
}
