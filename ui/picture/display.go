package picture

import (
	"fmt"
	"strings"
)

// Protocol is how pictures are drawn.
type Protocol string

// The protocols.
const (
	Kitty  Protocol = "kitty"  // kitty's graphics with Unicode placeholders
	Sixel  Protocol = "sixel"  // DEC sixels
	Blocks Protocol = "blocks" // half blocks, or glyphs without colours
	None   Protocol = "none"   // no pictures
)

// Variable is the environment variable that chooses a protocol.
const Variable = "MMTUI_IMAGES"

// Display is what a terminal draws pictures with. The zero value has half blocks.
type Display struct {
	Protocol              Protocol // "" is Blocks
	CellWidth, CellHeight int      // pixels of a cell, 0 where they are not known
}

// cell is the size of a cell in pixels, a usual one where it is not known.
func (d Display) cell() (width, height int) {
	if d.CellWidth < 1 || d.CellHeight < 1 {
		return 10, 20
	}
	return min(d.CellWidth, 64), min(d.CellHeight, 128)
}

// Detect chooses a protocol by the environment. Placeholders need kitty or
// Ghostty: other terminals with kitty's protocol lack them. Sixels need a
// terminal that is known for them and tells how large its cells are, because a
// picture that is too high scrolls the screen. Inside tmux and screen, which
// keep graphics to themselves, it is half blocks. MMTUI_IMAGES overrides all;
// its error names the words that it takes.
func Detect(getenv func(string) string, cellWidth, cellHeight int) (Display, error) {
	d := Display{Protocol: Blocks, CellWidth: cellWidth, CellHeight: cellHeight}
	switch wish := strings.ToLower(getenv(Variable)); wish {
	case "", "auto":
	case string(Kitty), string(Sixel), string(Blocks), string(None):
		d.Protocol = Protocol(wish)
		return d, nil
	default:
		return d, fmt.Errorf("%s=%q is not known; use kitty, sixel, blocks, none or auto", Variable, wish)
	}
	term, program := getenv("TERM"), strings.ToLower(getenv("TERM_PROGRAM"))
	switch {
	case getenv("TMUX") != "" || getenv("STY") != "" || strings.HasPrefix(term, "screen") || strings.HasPrefix(term, "tmux"):
	case term == "xterm-kitty" || getenv("KITTY_WINDOW_ID") != "" || term == "xterm-ghostty" || program == "ghostty":
		d.Protocol = Kitty
	case cellWidth < 1 || cellHeight < 1:
	case strings.HasPrefix(term, "foot") || strings.HasPrefix(term, "mlterm") || strings.HasPrefix(term, "contour") || program == "wezterm":
		d.Protocol = Sixel
	}
	return d, nil
}
