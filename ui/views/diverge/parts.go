package diverge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/diverge"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/theme"
)

// combinations draws a line for every choice of quantized parts.
func (v *View) combinations(width, height int) []string {
	t, r := v.theme, v.report
	b, _ := v.keys.Binding(keys.Combinations, keys.Diverge)
	head := t.Dim.Render(" Which part costs what: ") + t.Key.Render(b.First()) + t.Dim.Render(" shows the layers again")
	lines := []string{"", component.Line(head, width, t.Glyphs.Ellipsis), ""}
	if r.Combinations == nil {
		if !v.running {
			return append(lines, t.Dim.Render("  n/a: they have not been run"))
		}
		return append(lines, "  "+t.Accent.Render(v.progressText()), "  "+v.progressBar(min(width-4, 40)))
	}
	names := partNames(r.Task)
	title := "  "
	for _, p := range names {
		title += component.Line(strings.ReplaceAll(string(p), "_", " "), partWidth, t.Glyphs.Ellipsis)
	}
	for _, name := range []string{"KL MEAN", "AGREE", "TRIMMED", "MAX"} { // a narrow screen loses the last ones
		title += component.LineRight(name, figureWidth, "")
	}
	if r.Task != retrieval {
		title += "  ANSWER"
	}
	lines = append(lines, t.Header.Render(component.Line(title, width, t.Glyphs.Ellipsis)))
	for _, one := range r.Combinations {
		lines = append(lines, component.Line(v.combination(one, names), width, t.Glyphs.Ellipsis))
	}
	return lines[:min(len(lines), height)]
}

// The widths of the columns.
const (
	partWidth   = 12
	figureWidth = 9
)

func (v *View) combination(one diverge.Combination, names []diverge.Part) string {
	t := v.theme
	line := "  "
	for _, p := range names {
		text, style := "float", t.Dim
		if slices.Contains(one.Quantized, p) {
			text, style = t.Glyphs.Mark+" "+component.Clean(v.report.Variant), t.Marked
		}
		line += style.Render(component.Line(component.Cut(text, partWidth-1, t.Glyphs.Ellipsis), partWidth, ""))
	}
	style, _ := t.Heat(theme.HeatKL(float64(one.KL.Mean)))
	line += style.Render(component.LineRight(nats(one.KL.Mean), figureWidth, ""))
	agree := "n/a"
	if one.KL.Agreement.Valid() {
		agree = fmt.Sprintf("%.0f%%", 100*float64(one.KL.Agreement))
	}
	for _, text := range []string{agree, nats(one.KL.TrimmedMean), nats(one.KL.Max)} {
		line += t.Text.Render(component.LineRight(text, figureWidth, ""))
	}
	return line + "  " + t.Dim.Render(component.Clean(one.Answer))
}
