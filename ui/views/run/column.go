package run

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/theme"
)

// renderColumn draws the answer of one model in a box.
func (v *View) renderColumn(one *answers, i, width, height, figureLines int) string {
	c := one.columns[i]
	inner, rows := max(width-2, 0), max(height-2-figureLines, 0)
	var body []string
	switch {
	case one.request.Task == infer.Retrieval && c.result != nil && len(c.result.Scores) > 0:
		body = v.renderScores(one, c, inner, rows)
	case len(c.tokens) > 0:
		body = v.renderTokens(one, i, inner, rows)
	default:
		body = v.stageLines(one, c, inner)
	}
	if c.err != nil && !errors.Is(c.err, context.Canceled) {
		body = append(body, strings.Split(indented(wrapped(v.theme.Bad, v.theme.Glyphs.Cross+" "+component.Clean(c.err.Error()), inner-2*textMargin)), "\n")...)
		if len(body) > rows {
			body = body[len(body)-rows:]
		}
	}
	if c.result != nil && len(body) < rows {
		for _, text := range c.result.Warnings {
			body = append(body, strings.Split(indented(wrapped(v.theme.Warn, v.theme.Glyphs.Warning+" "+component.Clean(text), inner-2*textMargin)), "\n")...)
		}
	}
	text := component.Fit(strings.Join(body, "\n"), inner, rows)
	if rows == 0 {
		text = ""
	} else {
		text += "\n"
	}
	text += strings.Join(v.figures(one, i, inner, figureLines), "\n")
	focused := v.focused && (v.pane == i+1)
	return component.Box(v.theme, v.columnTitle(one, i), text, width, height, focused)
}

func (v *View) columnTitle(one *answers, i int) string {
	title := component.Clean(one.columns[i].label)
	if len(one.columns) > 1 {
		title = fmt.Sprintf("%d %s", i+1, title)
	} else if title == "" {
		title = "Answer"
	}
	if i == 0 && len(v.runs) > 1 {
		title += fmt.Sprintf(" %s run %d/%d", v.theme.Glyphs.Dot, v.at+1, len(v.runs))
	}
	return title
}

// stageText says how far a column is.
func (v *View) stageText(one *answers, c *column) string {
	g := v.theme.Glyphs
	switch {
	case c.ended && len(c.tokens) == 0 && errors.Is(c.err, context.Canceled):
		return "stopped before the first token"
	case c.ended && c.err != nil:
		return "no answer"
	case c.ended && c.result != nil && c.result.Text == "":
		return "the answer is empty: the model ended it at once"
	case one.stopping && !c.ended:
		return "stopping " + g.Pending
	case !c.began:
		return firstOf(v.packing(c), "waits for its turn")
	case c.stage == "":
		return "starting " + g.Pending
	}
	name := map[string]string{"pictures": "reading pictures", "encoder": "encoder, tile", "prompt": "prompt"}[c.stage]
	if name == "" {
		name = c.stage
	}
	if c.of > 0 {
		name += fmt.Sprintf(" %d/%d", c.done, c.of)
	}
	return name + " " + g.Pending
}

// stageLines tell how far a column is, with a bar and the time that is left.
func (v *View) stageLines(one *answers, c *column, width int) []string {
	t := v.theme
	lines := wrapped(t.Dim, margin+v.stageText(one, c), width)
	if c.ended || one.stopping || c.of == 0 {
		return lines
	}
	lines = append(lines, margin+v.bar(c.done, c.of, width-2*textMargin))
	if e := c.estimate; e != nil && e.FirstTokenMS > 0 {
		what := " to the first token by estimate"
		if one.request.Task == infer.Retrieval {
			what = " for all by estimate"
		}
		lines = append(lines, wrapped(t.Dim, margin+milliseconds(report.Number(e.FirstTokenMS))+what, width)...)
	}
	return lines
}

// bar is a share of a whole.
func (v *View) bar(done, of, width int) string {
	room := min(max(width, 0), 40)
	canvas := chart.NewCanvas(room, 1)
	chart.Bar(canvas, 0, 0, room, float64(done)/float64(of), -1, v.theme.Graph, chart.Accent)
	return strings.Join(canvas.Lines(chart.NewPainter(v.theme)), "")
}

// packing says how far the quantizing of a column's model is, "" when nothing is quantized.
func (v *View) packing(c *column) string {
	for _, m := range v.models {
		if m.from.Key() == c.key && !m.known && m.packs.Of > 0 {
			return v.modelState(m)
		}
	}
	return ""
}

// textMargin is the blank column on either side of an answer.
const (
	textMargin = 1
	margin     = " "
)

// renderTokens draws the answer, each token in the colour of its probability.
func (v *View) renderTokens(one *answers, i, width, height int) []string {
	c := one.columns[i]
	lines := c.flow(width - 2*textMargin)
	per := 1
	if v.strip {
		per++
	}
	if v.ribbon(one) {
		per++
	}
	fit := max(height/per, 1)
	cursor := lineOf(lines, min(c.cursor, len(c.tokens)-1))
	c.scroll = min(max(c.scroll, cursor-fit+1), cursor)
	c.scroll = max(min(c.scroll, len(lines)-fit), 0)
	marked, ribbon := one.marked(i), v.ribbon(one)
	var out []string
	for y := c.scroll; y < min(c.scroll+fit, len(lines)); y++ {
		text, strip, kl := v.tokenLine(c, lines[y], marked, v.focused && v.pane == i+1)
		out = append(out, margin+text)
		if v.strip && len(out) < height {
			out = append(out, margin+strip)
		}
		if ribbon && len(out) < height {
			out = append(out, margin+kl)
		}
	}
	return out
}

// ribbon reports whether columns show how far their tokens are from column 1; all
// of them leave the line for it, so that they stay side by side.
func (v *View) ribbon(one *answers) bool { return !v.noKL && one.hasKL() }

// tokenLine draws a line of the answer, its probabilities as heights, and its
// divergence from the first column as heights: the taller, the further apart.
func (v *View) tokenLine(c *column, spans []span, marked int, focused bool) (text, strip, kl string) {
	var a, b, d strings.Builder
	for _, s := range spans {
		tok := c.tokens[s.token]
		p := tok.probability()
		ink := v.inks.of(p)
		switch {
		case s.token == c.cursor && focused:
			ink = v.inks.selected
		case s.token == marked:
			ink = v.inks.differs
		case s.token == c.cursor && !c.follow:
			ink = v.inks.inactive
		}
		ink.PaintTo(&a, s.text)
		if v.strip {
			v.inks.strip(p).PaintTo(&b, strings.Repeat(v.theme.HeatGlyph(p), s.width))
		}
		if !v.noKL {
			near := theme.HeatKL(tok.kl)
			v.inks.strip(near).PaintTo(&d, strings.Repeat(v.theme.HeatGlyph(1-near), s.width))
		}
	}
	return a.String(), b.String(), d.String()
}

// clockStep is how long a frame of the spinner stands while nothing else changes.
const clockStep = 200 * time.Millisecond

// stateText is how a column stands.
func (v *View) stateText(one *answers, c *column) string {
	g := v.theme.Glyphs
	switch {
	case c.ended && errors.Is(c.err, context.Canceled):
		return g.Warning + " stopped"
	case c.ended && c.err != nil:
		return g.Cross + " failed"
	case c.ended && c.result != nil && c.result.StopReason != "":
		return g.Check + " " + strings.ReplaceAll(c.result.StopReason, "_", " ")
	case c.ended:
		return g.Check + " done"
	case one.stopping:
		return "stopping"
	case !c.began:
		return "waits"
	}
	text := g.Spinner[(len(c.tokens)+int(c.clock.Elapsed/clockStep))%len(g.Spinner)] + " running"
	if c.clock.Elapsed >= time.Second {
		text += fmt.Sprintf(" %.1f s", c.clock.Elapsed.Seconds())
	}
	return text
}
