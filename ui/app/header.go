package app

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/layout"
	"github.com/mmtui/mmtui/ui/theme"
)

// segment is a piece of a line; those with the largest drop go first where room lacks.
type segment struct {
	text string
	drop int
}

// fitSegments joins what fits a width. A segment is text with its escape sequences.
func fitSegments(segments []segment, separator string, width int) string {
	kept := append([]segment(nil), segments...)
	for {
		texts := make([]string, len(kept))
		for i, k := range kept {
			texts[i] = k.text
		}
		line := strings.Join(texts, separator)
		worst := -1
		for i, k := range kept {
			if k.drop > 0 && (worst < 0 || k.drop >= kept[worst].drop) {
				worst = i
			}
		}
		if component.Width(line) <= width || worst < 0 {
			return line
		}
		kept = append(kept[:worst:worst], kept[worst+1:]...)
	}
}

// renderHeader draws what is open, and the tabs.
func (s *shell) renderHeader(width int) string {
	t := s.theme
	tabs := s.placeTabs(width)
	room := max(0, tabs[0].x-1)
	name := t.Header.Render(" mmtui") + "  "
	dot := t.Dim.Render(" " + t.Glyphs.Dot + " ")
	var what string
	switch {
	case s.opening != "":
		what = t.Dim.Render("opening " + component.CutLeft(component.Clean(s.opening), max(8, room-18), t.Glyphs.Ellipsis))
	case s.open == nil:
		what = t.Dim.Render("no model open")
	default:
		what = fitSegments(s.headerSegments(room-8), dot, room-8)
	}
	line := component.Line(name+what, room, t.Glyphs.Ellipsis) + component.Spaces(tabs[0].x-room)
	for _, one := range tabs {
		style := t.Dim
		if one.id == s.active {
			style = t.Accent.Bold(true)
		}
		line += style.Render(one.text)
	}
	return component.Line(line, width, "")
}

func (s *shell) headerSegments(room int) []segment {
	t, m := s.theme, &s.report.Model
	title := s.open.label()
	if n := len(s.models); n > 1 {
		title = strconv.Itoa(slices.Index(s.models, s.open)+1) + "/" + strconv.Itoa(n) + " " + title
	}
	if s.open.history.dirty() {
		title += t.Glyphs.Mark
	}
	out := []segment{{text: t.Strong.Render(component.Cut(title, max(8, room), t.Glyphs.Ellipsis))}}
	if s.open.project != nil {
		out = append(out, segment{t.Text.Render(component.Clean(filepath.Base(filepath.ToSlash(s.open.model)))), 2})
	}
	out = append(out,
		segment{t.Text.Render(plural(len(s.report.Tensors), "tensor")), 1},
		segment{t.Text.Render(report.HumanCount(m.Parameters) + " params"), 3},
	)
	if m.Architecture != "" {
		out = append(out, segment{t.Dim.Render(component.Clean(m.Architecture)), 4})
	}
	if m.Quantization != "" {
		out = append(out, segment{t.Warn.Render("already " + m.Quantization), 2})
	}
	return out
}

func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return report.GroupDigits(int64(n)) + " " + what
}

// renderSummary draws the sizes, the budget and how far the scan is.
func (s *shell) renderSummary(width int) string {
	t := s.theme
	if s.open == nil {
		text := t.Dim.Render(" describes weights; does not predict what quantizing does to a task")
		if s.problem != "" {
			text = t.Bad.Render(" " + t.Glyphs.Cross + " " + component.Clean(s.problem))
		}
		return component.Line(text, width, t.Glyphs.Ellipsis)
	}
	dot := t.Dim.Render(" " + t.Glyphs.Dot + " ")
	return component.Line(" "+fitSegments(s.summarySegments(), dot, width-1), width, t.Glyphs.Ellipsis)
}

func (s *shell) summarySegments() []segment {
	t, total := s.theme, s.report.Total
	sizes := t.Dim.Render("now ") + t.Text.Render(report.HumanBytes(s.report.Model.SizeBytes)) +
		t.Dim.Render(" "+t.Glyphs.Arrow+" ") + t.Strong.Render(report.HumanBytes(total.SizeBytes))
	out := []segment{
		{text: sizes},
		{t.Dim.Render("at ") + t.Text.Render(planLabel(s.open.history.present)), 4},
		{t.Text.Render(report.FormatNumber(total.BitsPerWeight, report.Bits) + " b/w"), 3},
		{text: s.budgetText()},
		{s.sqnrText(), 2},
		{s.scanText(), 1},
	}
	return out
}

// budgetText is a bar of how much of the budget the model takes, and by how much it is over.
func (s *shell) budgetText() string {
	t, total := s.theme, s.report.Total
	if total.BudgetBytes <= 0 {
		return t.Dim.Render("no budget")
	}
	share := float64(total.SizeBytes) / float64(total.BudgetBytes)
	style, glyph := t.Good, t.Glyphs.Check
	text := strconv.FormatFloat(100*share, 'f', 1, 64) + "%"
	switch {
	case total.OverBudgetBytes > 0:
		style, glyph, text = t.Bad, t.Glyphs.Cross, report.HumanBytes(total.OverBudgetBytes)+" over"
	case share > 0.9:
		style, glyph = t.Warn, t.Glyphs.Warning
	}
	gauge := ""
	if s.frame.Class == layout.Full {
		gauge = bar(t, share, 10) + " "
	}
	return t.Dim.Render("budget ") + t.Text.Render(report.HumanBytes(total.BudgetBytes)) + " " + gauge + style.Render(text+" "+glyph)
}

// bar draws a share from 0 to 1 in width cells.
func bar(t theme.Theme, share float64, width int) string {
	full := max(0, min(int(share*float64(width)+0.5), width))
	if share > 0 && full == 0 {
		return t.Accent.Render(t.Glyphs.Half) + t.Dim.Render(strings.Repeat(t.Glyphs.Empty, width-1))
	}
	style := t.Accent
	if share > 1 {
		style = t.Bad
	}
	return style.Render(strings.Repeat(t.Glyphs.Full, full)) + t.Dim.Render(strings.Repeat(t.Glyphs.Empty, width-full))
}

func (s *shell) sqnrText() string {
	t, db := s.theme, s.report.Total.SQNRdB
	if !db.Valid() {
		return t.Dim.Render("model SQNR n/a")
	}
	style, glyph := t.Heat(theme.HeatSQNR(float64(db)))
	return t.Dim.Render("model SQNR ") + style.Render(glyph+" "+report.FormatNumber(db, report.Decibel)+" dB")
}

func (s *shell) scanText() string {
	t, o := s.theme, s.open
	text := "scan " + strconv.Itoa(o.done) + "/" + strconv.Itoa(o.of)
	switch {
	case o.of == 0:
		return t.Dim.Render("nothing to scan")
	case o.reloading:
		return t.Accent.Render("reading again " + t.Glyphs.Pending)
	case o.scanning && o.done == o.of:
		return t.Accent.Render(text + ", ideal " + t.Glyphs.Pending)
	case o.scanning:
		frames := t.Glyphs.Spinner
		return t.Accent.Render(frames[o.done%len(frames)] + " " + text)
	case o.done < o.of && s.hushed():
		return t.Dim.Render(text + " waits for the run")
	case o.done < o.of:
		return t.Warn.Render(text + " " + t.Glyphs.Warning + " stopped")
	}
	return t.Dim.Render(text)
}
