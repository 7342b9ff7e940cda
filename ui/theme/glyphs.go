package theme

import "fmt"

// Graph is the richest set of glyphs that a terminal is trusted to draw.
type Graph int

// The ladder, richest first. ASCII keeps to the printable characters of ASCII everywhere.
const (
	Braille Graph = iota
	Block
	ASCII
)

func (g Graph) String() string {
	switch g {
	case Block:
		return "block"
	case ASCII:
		return "ascii"
	}
	return "braille"
}

// ParseGraph accepts braille, block and ascii.
func ParseGraph(v string) (Graph, error) {
	for _, g := range []Graph{Braille, Block, ASCII} {
		if g.String() == v {
			return g, nil
		}
	}
	return Braille, fmt.Errorf("graph %q is not known; use braille, block or ascii", v)
}

// Glyphs are the signs of a theme, each exactly one cell wide.
type Glyphs struct {
	Open, Closed       string   // a tree row with its children shown, or hidden
	Cursor, Mark       string   // the row under the cursor, a marked row
	Up, Down           string   // order of a sorted column, and arrows
	Left, Right        string   // arrows
	Ellipsis           string   // stands for the part of a text that was cut
	Horizontal         string   // lines
	Vertical           string   //
	TopLeft, TopRight  string   //
	BotLeft, BotRight  string   //
	Full, Half, Empty  string   // parts of a bar
	Dot, Check, Cross  string   // separator, yes, no
	Warning            string   //
	Pending            string   // a value that is still being measured
	Times, Arrow       string   // between dimensions, between before and after
	Heat               []string // from bad to good
	Shades             []string // from nothing to everything, for maps
	Thumb, Track       string   // of a scroll bar
	Spinner            []string // frames of work under way
	Active             string   // the active tab
	LevelLine, ClipPos string   // on a histogram: a level, the edge of the range
}

func glyphs(g Graph) Glyphs {
	if g == ASCII {
		return Glyphs{
			Open: "v", Closed: ">", Cursor: ">", Mark: "*", Up: "^", Down: "v", Left: "<", Right: ">",
			Ellipsis: "~", Horizontal: "-", Vertical: "|", TopLeft: "+", TopRight: "+", BotLeft: "+", BotRight: "+",
			Full: "#", Half: "+", Empty: ".", Dot: "-", Check: "y", Cross: "x", Warning: "!", Pending: ".",
			Times: "x", Arrow: ">", Heat: []string{"!", ":", "-", "+", "=", "*", "%", "#"},
			Shades: []string{" ", ".", ":", "+", "#"}, Thumb: "#", Track: "|",
			Spinner: []string{"|", "/", "-", "\\"}, Active: ">", LevelLine: "|", ClipPos: "!",
		}
	}
	out := Glyphs{
		Open: "▾", Closed: "▸", Cursor: "▌", Mark: "●", Up: "▴", Down: "▾", Left: "←", Right: "→",
		Ellipsis: "…", Horizontal: "─", Vertical: "│", TopLeft: "╭", TopRight: "╮", BotLeft: "╰", BotRight: "╯",
		Full: "█", Half: "▌", Empty: "░", Dot: "·", Check: "✓", Cross: "✗", Warning: "▲", Pending: "…",
		Times: "×", Arrow: "→", Heat: []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
		Shades: []string{" ", "░", "▒", "▓", "█"}, Thumb: "█", Track: "│",
		Spinner: []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}, Active: "▪", LevelLine: "│", ClipPos: "┊",
	}
	if g == Block {
		out.Spinner = []string{"▖", "▘", "▝", "▗"}
	}
	return out
}
