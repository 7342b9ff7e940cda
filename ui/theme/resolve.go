package theme

import (
	"fmt"
	"strings"

	"github.com/muesli/termenv"
)

// Wish is what is known of the user's wishes and the terminal.
type Wish struct {
	Theme  string              // a theme's name, or "" and "auto"
	Color  string              // --color: "auto", "always", "never", or ""
	Graph  string              // braille, block, ascii, or "" and "auto"
	TTY    bool                // the output is a terminal
	Getenv func(string) string // the environment
	Dark   func() bool         // asks the terminal for its background; nil: taken to be dark
}

// Resolve decides on a theme. NO_COLOR and --color=never give the mono theme,
// which uses bold, faint and reverse; without a terminal nothing is styled
// unless CLICOLOR_FORCE or --color=always ask for it. The terminal is only
// asked for its background when the theme is "auto".
func Resolve(w Wish) (Theme, error) {
	profile, err := w.profile()
	if err != nil {
		return Theme{}, err
	}
	graph, err := w.graph()
	if err != nil {
		return Theme{}, err
	}
	name, err := w.name(profile)
	if err != nil {
		return Theme{}, err
	}
	if profile == termenv.Ascii && w.TTY {
		return New(Mono, termenv.ANSI, graph), nil
	}
	return New(name, profile, graph), nil
}

func (w Wish) env(key string) string {
	if w.Getenv == nil {
		return ""
	}
	return w.Getenv(key)
}

func (w Wish) profile() (termenv.Profile, error) {
	switch w.Color {
	case "never":
		return termenv.Ascii, nil
	case "always":
		return w.capability(), nil
	case "", "auto":
	default:
		return termenv.Ascii, fmt.Errorf("--color %q is not known; use auto, always or never", w.Color)
	}
	force := w.env("CLICOLOR_FORCE")
	switch {
	case w.env("NO_COLOR") != "":
		return termenv.Ascii, nil
	case force != "" && force != "0":
		return w.capability(), nil
	case w.env("CLICOLOR") == "0", !w.TTY, w.env("TERM") == "dumb":
		return termenv.Ascii, nil
	}
	return w.capability(), nil
}

// capability reads COLORTERM and TERM as termenv does, without its global state.
func (w Wish) capability() termenv.Profile {
	switch strings.ToLower(w.env("COLORTERM")) {
	case "truecolor", "24bit":
		return termenv.TrueColor
	case "yes", "true":
		return termenv.ANSI256
	}
	term := w.env("TERM")
	switch {
	case strings.Contains(term, "kitty"), strings.Contains(term, "wezterm"),
		strings.Contains(term, "ghostty"), strings.Contains(term, "alacritty"), strings.Contains(term, "direct"):
		return termenv.TrueColor
	case strings.Contains(term, "256color"):
		return termenv.ANSI256
	}
	return termenv.ANSI
}

func (w Wish) graph() (Graph, error) {
	if w.Graph != "" && w.Graph != "auto" {
		return ParseGraph(w.Graph)
	}
	switch w.env("TERM") {
	case "dumb":
		return ASCII, nil
	case "linux", "vt100", "vt220": // the kernel console's font has blocks and no braille
		return Block, nil
	}
	for _, key := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		v := strings.ToLower(w.env(key))
		if v == "" {
			continue
		}
		if strings.Contains(v, "utf-8") || strings.Contains(v, "utf8") {
			return Braille, nil
		}
		return ASCII, nil
	}
	return Braille, nil
}

func (w Wish) name(profile termenv.Profile) (Name, error) {
	if w.Theme != "" && w.Theme != "auto" {
		return ParseName(w.Theme)
	}
	if profile == termenv.Ascii || w.Dark == nil || w.Dark() {
		return Dark, nil
	}
	return Light, nil
}
