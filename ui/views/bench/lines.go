package bench

import (
	"fmt"
	"strconv"

	"github.com/mmtui/mmtui/core/bench"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
)

// head is a column of figures.
type head struct {
	id, title string
	width     int
	right     bool
	drop      int // see table.Column
}

// heads lists the columns of a table, its bars aside.
func heads(of subject) []head {
	if of == ofKernels {
		return []head{
			{"name", "KERNEL × THREADS", 22, false, 0}, {"shape", "M×K×N", 12, false, 0}, {"from", "WEIGHTS", 7, false, 1},
			{"ops", "GOP/S", 8, true, 3}, {"bytes", "GB/S", 7, true, 5}, {"peak", "OF PEAK", 7, true, 2}, {"reading", "OF READING", 10, true, 4},
		}
	}
	return []head{
		{"name", "PHASE AND LAYER", 24, false, 0}, {"ms", "MS", 9, true, 1}, {"rate", "A SECOND", 10, true, 6}, {"time", "OF TIME", 7, true, 4},
		{"ops", "GOP/S", 8, true, 5}, {"peak", "OF PEAK", 8, true, 2}, {"reading", "OF READING", 10, true, 3},
	}
}

// line is a row of the table.
type line struct {
	cells         []string // in the order of heads
	peak, reading report.Number
	phase         string // that the line opens and closes, "" for none
	title         bool   // a variant's, over all columns
	dim           bool   // a kind of layers or a layer
}

// kernelLines is a line for every case.
func kernelLines(k *bench.Kernels) []line {
	if k == nil {
		return nil
	}
	out := make([]line, 0, len(k.Cases))
	for _, c := range k.Cases {
		from := "cached"
		if c.Streamed {
			from = "memory"
		}
		out = append(out, line{
			cells: []string{component.Clean(fmt.Sprintf("%s ×%d %s", c.Kernel, c.Threads, c.Tier)), c.Shape.String(), from,
				scaled(c.Ops, 1e9, 1), scaled(c.Bytes, 1e9, 1), percent(c.ShareOfPeak), percent(c.ShareOfRead)},
			peak: c.ShareOfPeak, reading: c.ShareOfRead,
		})
	}
	return out
}

// shownLayers is how many layers an open phase lists, the slowest.
const shownLayers = 40

// modelLines is a line for every variant and phase, and the layers of open ones.
func modelLines(m *bench.Model, open map[string]bool) []line {
	if m == nil {
		return nil
	}
	var out []line
	for _, v := range m.Variants {
		name := component.Clean(v.Name)
		out = append(out, line{title: true, peak: report.NA(), reading: report.NA(), cells: padded(name + ": weights " + report.HumanBytes(v.WeightBytes) +
			", loaded in " + scaled(v.LoadMS, 1e3, 2) + " s, process peak " + report.FormatNumber(v.PeakMemory, report.Bytes) + " with measuring buffers")})
		for _, p := range v.Phases {
			key := v.Name + "\x00" + p.Name
			out = append(out, phaseLine(p, key, open[key]))
			if open[key] {
				out = append(out, layerLines(p)...)
			}
		}
	}
	return out
}

// padded is one text and no figures.
func padded(text string) []string {
	cells := make([]string, len(heads(ofModel)))
	cells[0] = text
	return cells
}

func phaseLine(p bench.Phase, key string, open bool) line {
	sign := "+ "
	if open {
		sign = "- "
	}
	return line{
		cells: []string{sign + p.Name + ", a " + p.Unit, scaled(p.MS, 1, 2), scaled(p.PerSecond, 1, 1), "", scaled((p.IntegerOps+p.FloatOps)/p.MS, 1e6, 1), percent(p.ShareOfPeak), percent(p.ShareOfRead)},
		peak:  p.ShareOfPeak, reading: p.ShareOfRead, phase: key,
	}
}

// layerLines is the parts of a phase, its kinds of layers and its slowest layers.
func layerLines(p bench.Phase) []line {
	var out []line
	var whole report.Number
	for _, part := range p.Parts {
		whole += part.MS
	}
	for _, part := range p.Parts {
		out = append(out, line{
			cells: []string{"    " + part.Name, scaled(part.MS, 1, 3), "", percent(part.MS / whole), "", "", ""},
			peak:  report.NA(), reading: report.NA(), dim: true,
		})
	}
	add := func(name string, c bench.LayerCost) {
		out = append(out, line{
			cells: []string{"    " + component.Clean(name), scaled(c.MS, 1, 3), "", percent(c.ShareOfTime), scaled(c.Ops/c.MS, 1e6, 1), percent(c.ShareOfPeak), percent(c.ShareOfRead)},
			peak:  c.ShareOfPeak, reading: c.ShareOfRead, dim: true,
		})
	}
	for _, c := range p.Kinds {
		add("all "+c.Kind, c)
	}
	for _, c := range bench.Slowest(p.Layers, shownLayers) {
		add(c.Name, c)
	}
	return out
}

// scaled is a number in a larger or smaller unit.
func scaled(n report.Number, unit float64, decimals int) string {
	if !n.Valid() {
		return "n/a"
	}
	return strconv.FormatFloat(float64(n)/unit, 'f', decimals, 64)
}

func percent(n report.Number) string {
	if !n.Valid() {
		return "n/a"
	}
	return scaled(n, 0.01, 1) + "%"
}
