package theme

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// Ink is a style boiled down to the escape sequences around a text. Painting
// with it costs two string copies; a table that paints hundreds of cells a
// frame uses it where lipgloss would measure and split each of them again.
type Ink struct{ Open, Close string }

// Ink takes the escape sequences out of a style. Only colour and attributes
// survive; widths, padding and borders do not.
func (t Theme) Ink(s lipgloss.Style) Ink {
	open, closing, found := strings.Cut(s.Inline(true).Render("x"), "x")
	if !found {
		return Ink{}
	}
	return Ink{Open: open, Close: closing}
}

// Paint wraps a text of one line.
func (k Ink) Paint(s string) string {
	if s == "" || k.Open == "" {
		return s
	}
	return k.Open + s + k.Close
}

// PaintTo writes a painted text.
func (k Ink) PaintTo(b *strings.Builder, s string) {
	if s == "" {
		return
	}
	b.WriteString(k.Open)
	b.WriteString(s)
	b.WriteString(k.Close)
}
