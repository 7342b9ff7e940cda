package theme

import (
	"math"

	"github.com/charmbracelet/lipgloss"
	colorful "github.com/lucasb-eyer/go-colorful"
)

const heatSteps = 16

// Heat is the style and the glyph for a value from 0 (bad) to 1 (good). Values
// outside are clamped; NaN is Dim with a space: there is nothing to show.
func (t Theme) Heat(v float64) (lipgloss.Style, string) {
	if math.IsNaN(v) {
		return t.Dim, " "
	}
	return pick(t.heat, v), t.HeatGlyph(v)
}

// HeatSelected is Heat on the background of the Selected style.
func (t Theme) HeatSelected(v float64) (lipgloss.Style, string) {
	if math.IsNaN(v) {
		return t.Selected, " "
	}
	return pick(t.heatLine, v), t.HeatGlyph(v)
}

// HeatGlyph is the glyph alone.
func (t Theme) HeatGlyph(v float64) string {
	if math.IsNaN(v) {
		return " "
	}
	return t.Glyphs.Heat[HeatStep(v, len(t.Glyphs.Heat))]
}

// HeatStep is the step, 0 .. steps−1, that a value from 0 to 1 falls in.
func HeatStep(v float64, steps int) int {
	v = max(0, min(v, 1)) // before the conversion: a large float64 has no int
	return min(int(v*float64(steps)), steps-1)
}

// HeatSQNR places a signal to quantization-noise ratio in dB on the heat scale:
// 0 dB (the error is as large as the weights) is 0, 20 dB is 1. At 2 bits on
// Gaussian weights the optimum, 9.25 dB, falls just below the middle.
func HeatSQNR(db float64) float64 {
	if math.IsNaN(db) {
		return math.NaN()
	}
	return max(0, min(db/20, 1))
}

// HeatKL places a divergence of two distributions in nats on the heat scale:
// none is 1, one nat 0, on a logarithmic scale down to 10⁻⁴.
func HeatKL(nats float64) float64 {
	switch {
	case math.IsNaN(nats):
		return math.NaN()
	case nats <= 1e-4:
		return 1
	}
	return max(0, min(-math.Log10(nats)/4, 1))
}

func pick(styles []lipgloss.Style, v float64) lipgloss.Style {
	return styles[HeatStep(v, len(styles))]
}

// heatStyles mixes the palette's colours in CIE L*a*b*, where equal steps look equal.
func heatStyles(r *lipgloss.Renderer, p palette, background lipgloss.Color) []lipgloss.Style {
	if len(p.heat) == 0 {
		return []lipgloss.Style{r.NewStyle().Bold(true), r.NewStyle(), r.NewStyle().Faint(true)}
	}
	stops := make([]colorful.Color, len(p.heat))
	for i, hex := range p.heat {
		c, err := colorful.Hex(hex)
		if err != nil {
			c = colorful.Color{R: 1, G: 1, B: 1}
		}
		stops[i] = c
	}
	out := make([]lipgloss.Style, heatSteps)
	for i := range out {
		at := float64(i) / (heatSteps - 1) * float64(len(stops)-1)
		k := min(int(at), len(stops)-2)
		mixed := stops[k].BlendLab(stops[k+1], at-float64(k)).Clamped()
		out[i] = r.NewStyle().Foreground(lipgloss.Color(mixed.Hex()))
		if background != "" {
			out[i] = out[i].Background(background).Bold(true)
		}
	}
	return out
}
