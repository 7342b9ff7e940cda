package run

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/chart"
	"github.com/mmtui/mmtui/ui/component"
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
		return "waits for its turn"
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
	room := min(max(width-2*textMargin, 0), 40)
	canvas := chart.NewCanvas(room, 1)
	chart.Bar(canvas, 0, 0, room, float64(c.done)/float64(c.of), -1, t.Graph, chart.Accent)
	lines = append(lines, margin+strings.Join(canvas.Lines(chart.NewPainter(t)), ""))
	if e := c.estimate; e != nil && e.FirstTokenMS > 0 {
		what := " to the first token by estimate"
		if one.request.Task == infer.Retrieval {
			what = " for all by estimate"
		}
		lines = append(lines, wrapped(t.Dim, margin+milliseconds(report.Number(e.FirstTokenMS))+what, width)...)
	}
	return lines
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
		per = 2
	}
	fit := max(height/per, 1)
	cursor := lineOf(lines, min(c.cursor, len(c.tokens)-1))
	c.scroll = min(max(c.scroll, cursor-fit+1), cursor)
	c.scroll = max(min(c.scroll, len(lines)-fit), 0)
	differs := one.differs(i)
	var out []string
	for y := c.scroll; y < min(c.scroll+fit, len(lines)); y++ {
		text, strip := v.tokenLine(c, lines[y], differs, v.focused && v.pane == i+1)
		out = append(out, margin+text)
		if v.strip && len(out) < height {
			out = append(out, margin+strip)
		}
	}
	return out
}

// tokenLine draws a line of the answer, and the probabilities as heights.
func (v *View) tokenLine(c *column, spans []span, differs int, focused bool) (text, strip string) {
	var a, b strings.Builder
	for _, s := range spans {
		p := c.tokens[s.token].probability()
		ink := v.inks.of(p)
		switch {
		case s.token == c.cursor && focused:
			ink = v.inks.selected
		case s.token == differs:
			ink = v.inks.differs
		case s.token == c.cursor && !c.follow:
			ink = v.inks.inactive
		}
		ink.PaintTo(&a, s.text)
		if v.strip {
			v.inks.strip(p).PaintTo(&b, strings.Repeat(v.theme.HeatGlyph(p), s.width))
		}
	}
	return a.String(), b.String()
}

// figures are the lines at the foot of a column, two or three.
func (v *View) figures(one *answers, i, width, count int) []string {
	t, c := v.theme, one.columns[i]
	dot := " " + t.Glyphs.Dot + " "
	first := []string{v.stateText(one, c)}
	if n := len(c.tokens); n > 0 {
		first = append(first, counted(n, "token"))
	}
	var times []string
	ttft, rate := liveFigures(c)
	if c.ended && c.result == nil && len(c.tokens) == 0 {
		times = nil // it came to nothing
	} else if one.request.Task != infer.Retrieval {
		times = []string{"first " + ttft, rate}
	} else if c.result != nil {
		times = []string{counted(len(c.result.Images), "picture"), counted(len(c.result.Texts), "text"), milliseconds(c.result.TotalMS)}
	}
	var second []string
	if c.result != nil {
		second = append(second, "peak "+bytesText(c.result.PeakMemoryBytes), component.Clean(c.result.Backend))
		if c.result.ImageSize != "" && one.request.Task != infer.Retrieval {
			second = append(second, counted(c.result.Tiles, "tile")+", "+component.Clean(c.result.ImageSize))
		}
	} else if c.estimate != nil {
		second = append(second, "estimated "+bytesText(report.Number(c.estimate.MemoryBytes)), counted(c.estimate.Tiles, "tile"))
	}
	if d := one.differs(i); d >= 0 {
		second = append([]string{fmt.Sprintf("differs from column 1 at token %d", d+1)}, second...)
	} else if i > 0 && c.ended && one.columns[0].ended && len(c.tokens) > 0 {
		second = append([]string{"the same tokens as column 1"}, second...)
	}
	lines := [][]string{append(first, times...), second}
	if count > 2 {
		lines = [][]string{first, times, second}
	}
	out := make([]string, len(lines))
	for k, parts := range lines {
		style := t.Text
		if k == len(lines)-1 {
			style = t.Dim
		}
		out[k] = component.Line(" "+style.Render(strings.Join(parts, dot)), width, t.Glyphs.Ellipsis)
	}
	return out
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

// liveFigures are the time to the first token and the rate: the result's, or
// those of the clock while the answer goes on.
func liveFigures(c *column) (ttft, rate string) {
	if c.result != nil && c.ended {
		return milliseconds(c.result.TimeToFirstToken), perSecond(c.result.TokensPerSecond)
	}
	ttft, rate = "n/a", perSecond(report.NA())
	if c.clock.FirstToken > 0 {
		ttft = milliseconds(report.Number(float64(c.clock.FirstToken.Microseconds()) / 1000))
	}
	if d := (c.clock.LastToken - c.clock.FirstToken).Seconds(); d > 0 && len(c.tokens) > 1 {
		rate = perSecond(report.Number(float64(len(c.tokens)-1) / d))
	}
	return ttft, rate
}

func milliseconds(n report.Number) string {
	switch v := float64(n); {
	case !n.Valid():
		return "n/a"
	case v >= 10_000:
		return fmt.Sprintf("%.1f s", v/1000)
	case v >= 1000:
		return fmt.Sprintf("%.2f s", v/1000)
	case v > 0 && v < 0.5:
		return "<1 ms"
	default:
		return fmt.Sprintf("%.0f ms", v)
	}
}

func perSecond(n report.Number) string {
	switch v := float64(n); {
	case !n.Valid():
		return "n/a tokens/s"
	case v < 100:
		return fmt.Sprintf("%.1f tokens/s", v)
	default:
		return fmt.Sprintf("%.0f tokens/s", v)
	}
}

func bytesText(n report.Number) string {
	if !n.Valid() || math.Abs(float64(n)) > math.MaxInt64/2 {
		return "n/a"
	}
	return report.HumanBytes(int64(n))
}

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return report.GroupDigits(int64(n)) + " " + what
}
