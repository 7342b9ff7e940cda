package run

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
)

// figures are the lines at the foot of a column: how it stands, its times, how
// far it is from the first column, and what it takes.
func (v *View) figures(one *answers, i, width, count int) []string {
	t, c := v.theme, one.columns[i]
	state := []string{v.stateText(one, c)}
	if n := len(c.tokens); n > 0 {
		state = append(state, counted(n, "token"))
	}
	if width < slimColumn {
		return v.slimFigures(one, i, state, width, count)
	}
	groups := [][]string{state, times(one, c)}
	if len(one.columns) > 1 {
		groups = append(groups, comparedFigures(one, i))
	}
	groups = append(groups, sizes(one, c))
	if len(groups) > count && (count == 2 || width >= wideColumn-2) {
		groups = append([][]string{append(groups[0], groups[1]...)}, groups[2:]...)
	}
	for len(groups) > max(count, 1) {
		last := len(groups) - 1
		groups = append(groups[:last-1], append(groups[last-1], groups[last]...))
	}
	dot := " " + t.Glyphs.Dot + " "
	out := make([]string, 0, count)
	for k, parts := range groups {
		style := t.Text
		if k == len(groups)-1 {
			style = t.Dim
		}
		out = append(out, component.Line(" "+style.Render(strings.Join(parts, dot)), width, t.Glyphs.Ellipsis))
	}
	for len(out) < count {
		out = append(out, component.Spaces(width))
	}
	return out
}

// slimColumn is the width below which figures fill lines one after the other,
// those that tell columns apart first.
const slimColumn = 44

func (v *View) slimFigures(one *answers, i int, state []string, width, count int) []string {
	t, c := v.theme, one.columns[i]
	var near []string
	if i > 0 {
		near = comparedFigures(one, i)
	}
	first, room := min(2, len(near)), sizes(one, c)
	parts := slices.Concat(state[:1], near[:first], times(one, c), room, near[first:], state[1:])
	dot := " " + t.Glyphs.Dot + " "
	var lines []string
	for _, part := range parts {
		last := len(lines) - 1
		if last >= 0 && (component.Width(lines[last]+dot+part) < width || last == count-1) {
			lines[last] += dot + part
			continue
		}
		lines = append(lines, part)
	}
	out := make([]string, count)
	for k := range out {
		text := ""
		if k < len(lines) {
			text = " " + t.Text.Render(lines[k])
		}
		out[k] = component.Line(text, width, t.Glyphs.Ellipsis)
	}
	return out
}

// times are what a column has taken.
func times(one *answers, c *column) []string {
	ttft, rate := liveFigures(c)
	switch {
	case c.ended && c.result == nil && len(c.tokens) == 0: // it came to nothing
		return nil
	case one.request.Task != infer.Retrieval:
		return []string{"first " + ttft, rate}
	case c.result != nil:
		return []string{counted(len(c.result.Images), "picture"), counted(len(c.result.Texts), "text"), milliseconds(c.result.TotalMS)}
	}
	return nil
}

// comparedFigures say how far a column is from the first one.
func comparedFigures(one *answers, i int) []string {
	c := one.columns[i]
	if i == 0 {
		return []string{"the others are held against this column"}
	}
	var out []string
	if one.request.Task == infer.Retrieval {
		return scoreFigures(c)
	}
	if d := one.differs(i); d >= 0 {
		out = append(out, fmt.Sprintf("differs at token %d", d+1))
	} else if c.ended && one.columns[0].ended && len(c.tokens) > 0 {
		out = append(out, "the same tokens as column 1")
	}
	switch sum, mean, n := c.klSums(); {
	case n > 0:
		out = append(out, klFigures(mean, sum, n, "token")...)
	case len(c.tokens) > 0 && c.tokens[0].noKL != "":
		out = append(out, "KL n/a: "+component.Clean(c.tokens[0].noKL))
	}
	return out
}

// klFigures are mean and sum of divergences.
func klFigures(mean, sum float64, n int, what string) []string {
	return []string{"KL mean " + natsText(mean), "sum " + natsText(sum) + " nats", "over " + counted(n, what)}
}

// scoreFigures say how far the rankings of a retrieval are from the first column's.
func scoreFigures(c *column) []string {
	if c.compared == nil {
		return nil
	}
	mean, sum, n := float64(c.compared.MeanKL), 0.0, 0
	for _, kl := range c.compared.KL {
		if kl.Valid() {
			sum, n = sum+float64(kl), n+1
		}
	}
	var out []string
	if d := c.compared.FirstDifference; d != nil && c.result != nil && d.Index < len(c.result.Images) {
		out = append(out, "first differs: "+component.Clean(names(c.result.Images[d.Index : d.Index+1])[0]))
	} else if d == nil {
		out = append(out, "the same rankings as column 1")
	}
	if c.compared.Agreement.Valid() {
		out = append(out, fmt.Sprintf("best text agrees %.0f%%", 100*float64(c.compared.Agreement)))
	}
	if n > 0 {
		return append(out, klFigures(mean, sum, n, "picture")...)
	} else if c.compared.NoKL != "" {
		out = append(out, "KL n/a: "+component.Clean(c.compared.NoKL))
	}
	return out
}

// sizes are what a column takes.
func sizes(one *answers, c *column) []string {
	var out []string
	switch {
	case c.compared != nil && c.result != nil:
		out = append(out, "model "+bytesText(positive(float64(c.compared.WeightBytes))), "memory "+bytesText(positive(float64(c.compared.MemoryBytes))))
	case c.result != nil:
		out = append(out, "peak "+bytesText(c.result.PeakMemoryBytes))
		if c.result.WeightBytes > 0 {
			out = append(out, "model "+bytesText(report.Number(c.result.WeightBytes)))
		}
	case c.estimate != nil:
		return []string{"estimated " + bytesText(report.Number(c.estimate.MemoryBytes)), counted(c.estimate.Tiles, "tile")}
	default:
		return nil
	}
	out = append(out, component.Clean(c.result.Backend))
	if c.result.ImageSize != "" && one.request.Task != infer.Retrieval {
		out = append(out, counted(c.result.Tiles, "tile")+", "+component.Clean(c.result.ImageSize))
	}
	return out
}

// natsText is a divergence for people.
func natsText(x float64) string {
	switch {
	case math.IsNaN(x):
		return "n/a"
	case x == 0:
		return "0"
	case x < 0.0005:
		return "<.001"
	case x < 10:
		return fmt.Sprintf("%.3f", x)
	}
	return fmt.Sprintf("%.1f", x)
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
