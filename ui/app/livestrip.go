package app

import (
	"strings"

	"github.com/mmtui/mmtui/core/live"
	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/ui/component"
)

// stripHeight is the height of a screen from which on the strip is shown.
const stripHeight = 24

// stripMetrics are the figures of the strip.
func stripMetrics() []string {
	return []string{live.TokenMS, live.FirstTokenMS, live.Speed, live.ProcessMemory, live.ProcessCPU, live.MachineCPU, live.BatteryLevel, live.BatteryPower, live.Temperature, live.PackagePower}
}

// renderRule draws the line between summary and body: the strip of live figures
// lies in it where there are some. What this machine does not have is left out;
// the Live view says why.
func (s *shell) renderRule(width int) string {
	t := s.theme
	plain := t.Border.Render(strings.Repeat(t.Glyphs.Horizontal, width))
	if len(s.strip.Metrics) == 0 || s.height < stripHeight {
		return plain
	}
	segments := s.stripSegments()
	if len(segments) == 0 || width < 20 {
		return plain
	}
	dot := t.Border.Render(" " + t.Glyphs.Dot + " ")
	text := component.Cut(fitSegments(segments, dot, width-6), width-6, t.Glyphs.Ellipsis)
	rest := width - 3 - component.Width(text) - 1
	return t.Border.Render(strings.Repeat(t.Glyphs.Horizontal, 2)) + " " + text + " " + t.Border.Render(strings.Repeat(t.Glyphs.Horizontal, max(rest, 0)))
}

// stripSegments are the figures that have a value, those that go first where
// room lacks with the largest drop.
func (s *shell) stripSegments() []segment {
	t := s.theme
	var out []segment
	add := func(drop int, label string, texts ...string) {
		if len(texts) > 0 {
			out = append(out, segment{t.Dim.Render(label) + t.Text.Render(strings.Join(texts, " ")), drop})
		}
	}
	add(0, "token p50 ", s.stripP50(live.TokenMS)...)
	add(5, "first token p50 ", s.stripP50(live.FirstTokenMS)...)
	add(1, "", s.stripNow(live.Speed)...)
	add(0, "memory ", s.stripNow(live.ProcessMemory)...)
	add(2, "CPU ", s.stripNow(live.ProcessCPU)...)
	add(6, "machine ", s.stripNow(live.MachineCPU)...)
	add(3, "battery ", append(s.stripNow(live.BatteryLevel), s.stripNow(live.BatteryPower)...)...)
	add(4, "package ", s.stripNow(live.PackagePower)...)
	add(3, "", s.stripNow(live.Temperature)...)
	return out
}

// stripNow is the last value of a metric, nothing when there is none.
func (s *shell) stripNow(id string) []string {
	m, _ := s.strip.Metric(id)
	return stripText(m.Unit, m.Value)
}

// stripP50 is the median of a metric over the window.
func (s *shell) stripP50(id string) []string {
	m, ok := s.strip.Metric(id)
	if !ok {
		return nil
	}
	return stripText(m.Unit, m.Stats.P50)
}

func stripText(u live.Unit, v report.Number) []string {
	if u == "" || !v.Valid() {
		return nil
	}
	return []string{live.FormatValue(u, v)}
}
