package bench

import (
	_ "embed"
	"encoding/csv"
	"io"
	"strings"

	"github.com/mmtui/mmtui/core/report"
)

//go:embed model.json
var modelSchema []byte // read-only

// ModelSchema is the JSON schema of Model.
func ModelSchema() []byte { return append([]byte(nil), modelSchema...) }

// tableLayers is how many layers of a phase the table shows, the slowest.
const tableLayers = 10

// WriteTable writes the figures for people: phases, then kinds of layers, then
// the slowest layers of each phase.
func (m Model) WriteTable(w io.Writer) error {
	var b strings.Builder
	b.WriteString(report.Printable(m.Machine.Line()) + "\n" + m.Peak.Line() + "\n")
	b.WriteString(report.Printable(m.Model) + " (" + m.Family + "), random ids and pixels\n")
	if !m.Complete {
		b.WriteString("stopped before everything was measured\n")
	}
	for _, v := range m.Variants {
		b.WriteString("\n" + report.Printable(v.Name) + ": loaded in " + scaled(v.LoadMS, 1e3, 2) + " s, weights " + report.HumanBytes(v.WeightBytes) +
			", process peak " + report.FormatNumber(v.PeakMemory, report.Bytes) + " with the buffers that peaks are measured on\n")
		for _, p := range v.Phases {
			b.WriteString(p.Line() + "\n")
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	for _, v := range m.Variants {
		for _, p := range v.Phases {
			if _, err := io.WriteString(w, "\n"+report.Printable(v.Name)+", "+p.Name+", one watched round, by kind of layer; then the slowest layers\n"); err != nil {
				return err
			}
			if err := p.writeLayers(w); err != nil {
				return err
			}
		}
	}
	return nil
}

// Line is a phase for people.
func (p Phase) Line() string {
	text := "  " + p.Name + ": " + scaled(p.MS, 1, 2) + " ms a " + p.Unit + ", " + scaled(p.PerSecond, 1, 1) + " " + p.Unit + "s/s, " +
		percent(p.ShareOfPeak) + " of the peaks of arithmetic, " + percent(p.ShareOfRead) + " of reading (" +
		report.FormatNumber(p.WeightBytes, report.Bytes) + " of weights a " + p.Unit + ")"
	if p.P50.Valid() {
		text += ", p50 " + scaled(p.P50, 1, 2) + " ms, p95 " + scaled(p.P95, 1, 2) + " ms"
	}
	if p.Allocations.Valid() {
		text += ", " + scaled(p.Allocations, 1, 1) + " allocations"
	}
	for i, part := range p.Parts {
		if i == 0 {
			text += "; watched: "
		} else {
			text += ", "
		}
		text += part.Name + " " + scaled(part.MS, 1, 2) + " ms"
	}
	return text
}

// writeLayers writes the kinds and the slowest layers.
func (p Phase) writeLayers(w io.Writer) error {
	var t report.TextTable
	for i, head := range []string{"LAYER", "KIND", "CALLS", "MS", "OF TIME", "GOP/S", "OF PEAK", "GB/S", "OF READING"} {
		t.Add(head, i > 1)
	}
	row := func(name string, c LayerCost) {
		seconds := float64(c.MS) / 1e3
		t.Row(report.Printable(name), c.Kind, itoa(c.Calls), scaled(c.MS, 1, 3), percent(c.ShareOfTime), scaled(rate(float64(c.Ops), seconds), 1e9, 1),
			percent(c.ShareOfPeak), scaled(rate(float64(c.Bytes), seconds), 1e9, 2), percent(c.ShareOfRead))
	}
	for _, c := range p.Kinds {
		row("all", c)
	}
	for _, c := range Slowest(p.Layers, tableLayers) {
		row(c.Name, c)
	}
	return t.Write(w)
}

// Slowest is up to n layers, the slowest first.
func Slowest(layers []LayerCost, n int) []LayerCost {
	out := sortedByTime(layers)
	return out[:min(n, len(out))]
}

// modelLine is a layer as a line of JSON, with what it is of.
type modelLine struct {
	Variant string `json:"variant"`
	Phase   string `json:"phase"`
	LayerCost
}

// lines are the phases as lines without a name and the layers with theirs.
func (m Model) lines() []modelLine {
	var out []modelLine
	for _, v := range m.Variants {
		for _, p := range v.Phases {
			out = append(out, modelLine{v.Name, p.Name, p.whole()})
			for _, l := range p.Layers {
				out = append(out, modelLine{v.Name, p.Name, l})
			}
		}
	}
	return out
}

// whole is a unit of a phase as a line of a table of layers.
func (p Phase) whole() LayerCost {
	return LayerCost{
		Kind: p.Unit, Calls: 1, MS: p.MS, ShareOfTime: 1, Ops: positive(p.work.integer + p.work.float), Bytes: p.WeightBytes,
		ShareOfPeak: p.ShareOfPeak, ShareOfRead: p.ShareOfRead,
	}
}

// WriteJSONL writes a line for every phase, of one unit and without a name, and
// one for every layer of it.
func (m Model) WriteJSONL(w io.Writer) error { return writeLines(w, m.lines()) }

// WriteCSV writes the lines of WriteJSONL.
func (m Model) WriteCSV(w io.Writer) error {
	rows := [][]string{{"variant", "phase", "name", "kind", "calls", "ms", "share_of_time", "ops", "weight_bytes", "share_of_peak", "share_of_read"}}
	for _, l := range m.lines() {
		rows = append(rows, []string{l.Variant, l.Phase, l.Name, l.Kind, itoa(l.Calls), plain(l.MS), plain(l.ShareOfTime), plain(l.Ops), plain(l.Bytes),
			plain(l.ShareOfPeak), plain(l.ShareOfRead)})
	}
	return csv.NewWriter(w).WriteAll(rows)
}
