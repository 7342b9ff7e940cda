package run

import (
	"fmt"
	"strings"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/theme"
)

// estimate is what the request will cost.
type estimate struct {
	seq          int
	asked, known bool
	value        infer.Estimate
	err          error
}

// renderEstimate draws three lines.
func (v *View) renderEstimate(width int) string {
	t, e := v.theme, v.estimate
	dot := " " + t.Glyphs.Dot + " "
	switch {
	case e.err != nil:
		return indented(wrapped(t.Bad, component.Clean(e.err.Error()), width-2*textMargin))
	case e.known:
	case e.asked:
		return t.Dim.Render(" " + t.Glyphs.Pending)
	default:
		why := v.whyNoRun()
		if v.running {
			why = ""
		}
		if v.models[0].err != nil {
			why = "n/a: this model cannot be run"
		}
		return indented(wrapped(t.Dim, component.Clean(why), width-2*textMargin))
	}
	one := e.value
	tiles := counted(one.Tiles, "tile")
	if len(one.Rows) == 1 && len(one.Cols) == 1 && one.Rows[0] > 0 {
		tiles += fmt.Sprintf(" (%d%s%d+1)", one.Rows[0], t.Glyphs.Times, one.Cols[0])
	}
	if one.Reduced {
		tiles += ", reduced"
	}
	first := []string{tiles}
	retrieval := v.form.task == infer.Retrieval
	if retrieval {
		first = []string{counted(len(v.form.pictures), "picture")}
	}
	if one.PromptTokens > 0 {
		what := "prompt token"
		if retrieval {
			what = "text token"
		}
		first = append(first, counted(one.PromptTokens, what))
	}
	memory := report.HumanBytes(one.MemoryBytes)
	if one.AvailableBytes > 0 {
		memory += " of " + report.HumanBytes(one.AvailableBytes)
	}
	times := "first token " + milliseconds(positive(one.FirstTokenMS)) + dot + "all " + milliseconds(positive(one.TotalMS))
	if retrieval {
		times = "all " + milliseconds(positive(one.TotalMS))
	}
	lines := []string{strings.Join(first, dot), flopText(one.FLOP) + dot + memory, times}
	for i := range lines {
		style := t.Text
		if i == 1 && one.AvailableBytes > 0 && one.MemoryBytes > one.AvailableBytes {
			style = t.Bad
			lines[i] += " " + t.Glyphs.Cross
		}
		lines[i] = component.Line(" "+style.Render(lines[i]), width, t.Glyphs.Ellipsis)
	}
	return strings.Join(lines, "\n")
}

// indented puts the margin of texts before lines.
func indented(lines []string) string { return margin + strings.Join(lines, "\n"+margin) }

// positive is a number that is not known where it is 0.
func positive(v float64) report.Number {
	if v <= 0 {
		return report.NA()
	}
	return report.Number(v)
}

func flopText(v float64) string {
	for _, unit := range []string{"FLOP", "kFLOP", "MFLOP", "GFLOP"} {
		if v < 999.5 {
			return fmt.Sprintf("%.3g %s", v, unit)
		}
		v /= 1000
	}
	return fmt.Sprintf("%.3g TFLOP", v)
}

// renderInspector shows the token under the cursor with what could have come
// instead, or the rankings of a retrieval.
func (v *View) renderInspector(one *answers, width, height int) string {
	c := v.current()
	if c.result != nil && len(c.result.Scores) > 0 {
		return v.renderRankings(one, c, width, height)
	}
	t := v.theme
	inner := max(width-2, 0)
	if c.cursor >= len(c.tokens) {
		return component.Box(t, "Token", t.Dim.Render(" "+v.promptLine(one)), width, height, false)
	}
	tok := c.tokens[c.cursor]
	head := t.Strong.Render(quoted(tok.name())) + t.Dim.Render(fmt.Sprintf("  id %d  ", tok.id)) +
		t.Text.Render("p "+probabilityText(tok.probability())) + t.Dim.Render(fmt.Sprintf("  logprob %.4f", tok.logprob))
	column := min(max(v.pane-1, 0), len(one.columns)-1)
	if d := one.differs(column); d == c.cursor {
		head += t.Bad.Render("  " + t.Glyphs.Warning + " differs from column 1")
	}
	if column > 0 {
		head += klWords(t, tok)
	}
	lines := []string{component.Line(" "+head, inner, t.Glyphs.Ellipsis)}
	for _, alt := range tok.top {
		lines = append(lines, v.alternative(alt, alt.ID == tok.id, inner))
	}
	if len(tok.top) == 0 {
		lines = append(lines, t.Dim.Render(" the alternatives are not known"))
	}
	title := fmt.Sprintf("Token %d of %d", c.cursor+1, len(c.tokens))
	return component.Box(t, title, strings.Join(lines, "\n"), width, height, false)
}

// name is the token's own text. What the answer grew by may be less, while a
// character is incomplete, or more, when it becomes complete.
func (t token) name() string {
	if own := t.own(); own != "" {
		return own
	}
	return t.text
}

func (v *View) promptLine(one *answers) string {
	if one.prompt == "" {
		return "no prompt"
	}
	return "prompt: " + component.Clean(one.prompt)
}

// alternative is a line of a token that could have come, with a bar.
func (v *View) alternative(alt infer.Choice, taken bool, width int) string {
	t := v.theme
	p := token{logprob: alt.Logprob}.probability()
	mark := " "
	if taken {
		mark = t.Glyphs.Cursor
	}
	text := component.Line(quoted(alt.Text), min(18, max(width/4, 6)), t.Glyphs.Ellipsis)
	id := component.LineRight(fmt.Sprint(alt.ID), 7, "")
	room := max(width-component.Width(text)-7-12, 0)
	canvas := chart.NewCanvas(room, 1)
	ink := chart.Accent
	if !taken {
		ink = chart.Muted
	}
	chart.Bar(canvas, 0, 0, room, p, -1, t.Graph, ink)
	bar := strings.Join(canvas.Lines(chart.NewPainter(t)), "")
	style := t.Text
	if taken {
		style = t.Strong
	}
	return component.Line(mark+style.Render(text)+t.Dim.Render(id)+"  "+component.LineRight(probabilityText(p), 7, "")+" "+bar, width, "")
}

func probabilityText(p float64) string {
	switch {
	case p != p:
		return "n/a"
	case p > 0 && p < 0.0005:
		return "<.001"
	}
	return fmt.Sprintf("%.3f", p)
}

// quoted shows a token's text with its blanks.
func quoted(s string) string {
	s = strings.ReplaceAll(s, "\n", "\\n")
	if strings.HasPrefix(s, " ") || strings.HasSuffix(s, " ") || s == "" {
		return "\"" + component.Clean(s) + "\""
	}
	return component.Clean(s)
}

// klWords is the divergence of the distributions that a token was taken from.
func klWords(t theme.Theme, tok token) string {
	switch {
	case tok.kl == tok.kl:
		style, glyph := t.Heat(theme.HeatKL(tok.kl))
		return t.Dim.Render("  KL ") + style.Render(natsText(tok.kl)) + t.Dim.Render(" nats "+glyph)
	case tok.noKL != "":
		return t.Dim.Render("  KL n/a: " + component.Clean(tok.noKL))
	}
	return ""
}
