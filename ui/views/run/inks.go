package run

import (
	"math"

	"github.com/mmtui/mmtui/ui/theme"
)

// heatSteps is the number of colours between improbable and certain.
const heatSteps = 16

// inks are the styles of tokens, boiled down once a theme: an answer has
// hundreds of tokens on screen.
type inks struct {
	heat, low                   [heatSteps]theme.Ink // low ones are underlined
	none                        theme.Ink            // without a probability
	selected, inactive, differs theme.Ink
}

func newInks(t theme.Theme) *inks {
	k := &inks{
		none: t.Ink(t.Dim), selected: t.Ink(t.Selected), inactive: t.Ink(t.Inactive),
		differs: t.Ink(t.Badge.Inherit(t.Bad).Bold(true).Underline(true)),
	}
	for i := range heatSteps {
		style, _ := t.Heat((float64(i) + 0.5) / heatSteps)
		k.heat[i], k.low[i] = t.Ink(style), t.Ink(style.Underline(true))
	}
	return k
}

// strip is the ink of a token's glyph below the text.
func (k *inks) strip(p float64) theme.Ink {
	if math.IsNaN(p) {
		return k.none
	}
	return k.heat[theme.HeatStep(p, heatSteps)]
}

// of is the ink of a token's text by its probability; below one half it is underlined.
func (k *inks) of(p float64) theme.Ink {
	switch {
	case math.IsNaN(p):
		return k.none
	case p < 0.5:
		return k.low[theme.HeatStep(p, heatSteps)]
	}
	return k.heat[theme.HeatStep(p, heatSteps)]
}
