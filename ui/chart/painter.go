package chart

import (
	"strings"

	"github.com/charmbracelet/lipgloss"

	"github.com/mmtui/mmtui/ui/theme"
)

// Painter turns inks into the styles of one theme. It is never changed once made.
type Painter struct {
	inks    [int(firstHeat) + HeatSteps]theme.Ink
	cursors [WithinReach + 1]theme.Ink
}

// NewPainter prepares the styles of a theme.
func NewPainter(t theme.Theme) *Painter {
	p := &Painter{}
	for ink, style := range map[Ink]lipgloss.Style{
		Plain: t.Text, Muted: t.Dim, Faint: t.Border, Strong: t.Strong, Accent: t.Accent,
		Good: t.Good, Warn: t.Warn, Bad: t.Bad,
	} {
		p.inks[ink] = t.Ink(style)
	}
	series := t.Series
	if t.Name == theme.Mono { // underlines would hide what a chart draws low in its cells
		series = []lipgloss.Style{t.Text, t.Strong, t.Dim, t.Strong}
		p.inks[Bad] = t.Ink(t.Strong)
	}
	for code := range codeInks {
		p.inks[CodeInk(code)] = t.Ink(series[code%len(series)])
	}
	for step := range HeatSteps {
		v := (float64(step) + 0.5) / HeatSteps
		style, _ := t.Heat(v)
		p.inks[HeatInk(v)] = t.Ink(style)
	}
	p.cursors = [...]theme.Ink{
		NoCursor: {}, Selected: t.Ink(t.Selected), Unfocused: t.Ink(t.Inactive), WithinReach: t.Ink(t.Strong),
	}
	return p
}

// Paint styles a run of text.
func (p *Painter) Paint(ink Ink, text string) string {
	if p == nil {
		return text
	}
	return p.inks[ink].Paint(text)
}

func (p *Painter) paint(b *strings.Builder, pen Pen, text string) {
	switch {
	case p == nil:
		b.WriteString(text)
	case pen.Cursor != NoCursor:
		p.cursors[pen.Cursor].PaintTo(b, text)
	default:
		p.inks[pen.Ink].PaintTo(b, text)
	}
}
