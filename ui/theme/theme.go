// Package theme holds everything that decides how the workbench looks: colours,
// text attributes and the glyphs that stand beside every colour. A Theme is a
// value that is passed to the views; nothing here is package state, so tests
// with different themes run in parallel.
package theme

import (
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Name is one of the themes a user can choose.
type Name string

// The themes.
const (
	Dark         Name = "dark"
	Light        Name = "light"
	HighContrast Name = "high-contrast"
	ColourBlind  Name = "colour-blind"
	Mono         Name = "mono"
)

// Names lists the themes in the order that a user cycles through them.
func Names() []Name { return []Name{Dark, Light, HighContrast, ColourBlind, Mono} }

// ParseName accepts a theme's name.
func ParseName(v string) (Name, error) {
	for _, n := range Names() {
		if string(n) == v {
			return n, nil
		}
	}
	return "", fmt.Errorf("theme %q is not known; use dark, light, high-contrast, colour-blind or mono", v)
}

// Theme is how the workbench looks. Styles carry colour and attributes only:
// no padding, margin or border, so that they never change the width of a text.
type Theme struct {
	Name     Name
	Profile  termenv.Profile
	Graph    Graph
	Glyphs   Glyphs
	Renderer *lipgloss.Renderer

	Text     lipgloss.Style // ordinary text
	Dim      lipgloss.Style // secondary text, units, pending and missing values
	Strong   lipgloss.Style // emphasised text
	Accent   lipgloss.Style // names of things, the active tab, the cursor's marker
	Good     lipgloss.Style
	Warn     lipgloss.Style
	Bad      lipgloss.Style
	Header   lipgloss.Style // column heads and panel titles
	Selected lipgloss.Style // the row or cell under the cursor of the focused panel
	Inactive lipgloss.Style // the row or cell under the cursor of a panel without focus
	Marked   lipgloss.Style // marked rows
	Border   lipgloss.Style // lines and frames
	Focus    lipgloss.Style // the frame of the focused panel
	Badge    lipgloss.Style // a short label on a background
	Key      lipgloss.Style // a key in the footer and the help
	Match    lipgloss.Style // the part of a text that a search found
	SideA    lipgloss.Style // side A of a comparison; "A" always stands beside it
	SideB    lipgloss.Style // side B
	Series   []lipgloss.Style

	heat     []lipgloss.Style
	heatLine []lipgloss.Style // the same on the background of Selected
}

// New builds a theme for a colour profile. A name that is not known is Dark.
// termenv.Ascii gives text without any escape sequence.
func New(name Name, profile termenv.Profile, graph Graph) Theme {
	p, ok := palettes()[name]
	if !ok {
		name, p = Dark, palettes()[Dark]
	}
	r := lipgloss.NewRenderer(io.Discard, termenv.WithProfile(profile))
	r.SetColorProfile(profile)
	r.SetHasDarkBackground(name != Light)
	t := Theme{Name: name, Profile: profile, Graph: graph, Glyphs: glyphs(graph), Renderer: r}
	if name == Mono {
		t.monoStyles()
	} else {
		t.colourStyles(p)
	}
	t.heat = heatStyles(r, p, "")
	t.heatLine = heatStyles(r, p, p.selected)
	if name == Mono {
		t.heatLine = []lipgloss.Style{t.Selected}
	}
	return t
}

// NewStyle is an empty style of this theme's renderer.
func (t Theme) NewStyle() lipgloss.Style { return t.Renderer.NewStyle() }

func (t *Theme) colourStyles(p palette) {
	fg := func(c lipgloss.Color) lipgloss.Style { return t.Renderer.NewStyle().Foreground(c) }
	t.Text = fg(p.text)
	t.Dim = fg(p.dim)
	t.Strong = fg(p.text).Bold(true)
	t.Accent = fg(p.accent)
	t.Good, t.Warn, t.Bad = fg(p.good), fg(p.warn), fg(p.bad)
	t.Header = fg(p.accent).Bold(true)
	t.Selected = fg(p.onSelected).Background(p.selected).Bold(true)
	t.Inactive = fg(p.text).Background(p.inactive)
	t.Marked = fg(p.mark).Bold(true)
	t.Border = fg(p.border)
	t.Focus = fg(p.accent)
	t.Badge = fg(p.onBadge).Background(p.badge)
	t.Key = fg(p.key).Bold(true)
	t.Match = fg(p.warn).Bold(true).Underline(true)
	t.SideA, t.SideB = fg(p.sideA), fg(p.sideB)
	t.Series = []lipgloss.Style{fg(p.accent), fg(p.warn), fg(p.good), fg(p.mark), fg(p.bad)}
}

// monoStyles uses attributes only: bold, faint, underline and reverse.
func (t *Theme) monoStyles() {
	plain := t.Renderer.NewStyle()
	bold, faint := plain.Bold(true), plain.Faint(true)
	t.Text, t.Dim, t.Strong, t.Accent = plain, faint, bold, bold
	t.Good, t.Warn, t.Bad = plain, bold, bold.Underline(true)
	t.Header, t.Key = bold, bold
	t.Selected, t.Inactive = plain.Reverse(true), plain.Underline(true)
	t.Marked = bold
	t.Border, t.Focus = faint, bold
	t.Badge = plain.Reverse(true)
	t.Match = bold.Underline(true)
	t.SideA, t.SideB = plain, bold
	t.Series = []lipgloss.Style{plain, bold, faint, plain.Underline(true), bold.Underline(true)}
}

// Swatch is a line that shows every style by its name, for the documentation and tests.
func (t Theme) Swatch() string {
	parts := []string{
		t.Text.Render("text"), t.Dim.Render("dim"), t.Strong.Render("strong"), t.Accent.Render("accent"),
		t.Good.Render("good"), t.Warn.Render("warn"), t.Bad.Render("bad"), t.Header.Render("header"),
		t.Selected.Render("selected"), t.Inactive.Render("inactive"), t.Marked.Render("marked"),
		t.Border.Render("border"), t.Badge.Render("badge"), t.Key.Render("key"), t.Match.Render("match"),
		t.SideA.Render("A"), t.SideB.Render("B"),
	}
	for i := 0; i <= 8; i++ {
		style, glyph := t.Heat(float64(i) / 8)
		parts = append(parts, style.Render(glyph))
	}
	return strings.Join(parts, " ")
}
