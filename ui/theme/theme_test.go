package theme

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
)

func TestGlyphsAreOneCell(t *testing.T) {
	for _, g := range []Graph{Braille, Block, ASCII} {
		v := reflect.ValueOf(glyphs(g))
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			list := []string{}
			if v.Field(i).Kind() == reflect.String {
				list = append(list, v.Field(i).String())
			} else {
				list = v.Field(i).Interface().([]string)
			}
			if len(list) == 0 {
				t.Errorf("%v: %s has no glyph", g, name)
			}
			for _, s := range list {
				if ansi.StringWidth(s) != 1 {
					t.Errorf("%v: %s %q has %d cells", g, name, s, ansi.StringWidth(s))
				}
				if g == ASCII && (len(s) != 1 || s[0] < ' ' || s[0] > '~') {
					t.Errorf("ascii: %s is %q", name, s)
				}
			}
		}
	}
}

// Styles must not change the width of a text, or columns fall apart.
func TestStylesKeepTheWidth(t *testing.T) {
	for _, name := range Names() {
		th := New(name, termenv.TrueColor, Braille)
		v := reflect.ValueOf(th)
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				continue
			}
			style, ok := v.Field(i).Interface().(lipgloss.Style)
			if !ok {
				continue
			}
			if got := style.Render("abc"); ansi.StringWidth(got) != 3 || ansi.Strip(got) != "abc" {
				t.Errorf("%s: %s turns abc into %q", name, v.Type().Field(i).Name, got)
			}
		}
	}
}

func TestAsciiProfileHasNoEscapes(t *testing.T) {
	for _, name := range Names() {
		if s := New(name, termenv.Ascii, Braille).Swatch(); strings.Contains(s, "\x1b") {
			t.Errorf("%s: %q", name, s)
		}
	}
}

// Colour never stands alone: without it the heat is still read off the glyph.
func TestHeatGlyphsRise(t *testing.T) {
	for _, g := range []Graph{Braille, ASCII} {
		th := New(Mono, termenv.Ascii, g)
		seen := map[string]int{}
		last := -1
		for i := 0; i <= 100; i++ {
			_, glyph := th.Heat(float64(i) / 100)
			at, known := seen[glyph]
			if !known {
				at = len(seen)
				seen[glyph] = at
			}
			if at < last {
				t.Fatalf("%v: glyph %q comes back at %d", g, glyph, i)
			}
			last = at
		}
		if len(seen) != len(th.Glyphs.Heat) {
			t.Errorf("%v: %d glyphs in use of %d", g, len(seen), len(th.Glyphs.Heat))
		}
	}
}

func TestHeatOfOddValues(t *testing.T) {
	th := New(Dark, termenv.TrueColor, Braille)
	for _, v := range []float64{-5, math.Inf(-1), 0} {
		if _, glyph := th.Heat(v); glyph != th.Glyphs.Heat[0] {
			t.Errorf("Heat(%v) = %q", v, glyph)
		}
	}
	for _, v := range []float64{1, 7, 1e300} {
		if _, glyph := th.Heat(v); glyph != th.Glyphs.Heat[len(th.Glyphs.Heat)-1] {
			t.Errorf("Heat(%v) = %q", v, glyph)
		}
	}
	if _, glyph := th.Heat(math.NaN()); glyph != " " {
		t.Errorf("Heat(NaN) = %q", glyph)
	}
	if !math.IsNaN(HeatSQNR(math.NaN())) || HeatSQNR(-3) != 0 || HeatSQNR(40) != 1 || HeatSQNR(10) != 0.5 {
		t.Error("HeatSQNR is off")
	}
}

// In every colour theme the ends and the middle of the scale look different.
func TestHeatColoursDiffer(t *testing.T) {
	for _, name := range []Name{Dark, Light, HighContrast, ColourBlind} {
		th := New(name, termenv.TrueColor, Braille)
		seen := map[string]bool{}
		for _, v := range []float64{0, 0.5, 1} {
			style, _ := th.Heat(v)
			seen[style.Render("x")] = true
		}
		if len(seen) != 3 {
			t.Errorf("%s: %d colours for bad, middling and good", name, len(seen))
		}
	}
}

func TestInkIsTheStyle(t *testing.T) {
	for _, name := range Names() {
		th := New(name, termenv.TrueColor, Braille)
		for _, style := range []lipgloss.Style{th.Bad, th.Selected, th.Badge, th.NewStyle()} {
			if got, want := th.Ink(style).Paint("x"), style.Render("x"); got != want {
				t.Errorf("%s: ink gives %q, style %q", name, got, want)
			}
		}
	}
	var b strings.Builder
	th := New(Dark, termenv.TrueColor, Braille)
	ink := th.Ink(th.Good)
	ink.PaintTo(&b, "")
	ink.PaintTo(&b, "ok")
	if b.String() != ink.Paint("ok") || ink.Paint("") != "" {
		t.Errorf("PaintTo gives %q", b.String())
	}
}

func TestUnknownNameIsDark(t *testing.T) {
	if got := New("mauve", termenv.TrueColor, Block).Name; got != Dark {
		t.Errorf("theme %q", got)
	}
	if _, err := ParseName("mauve"); err == nil || !strings.Contains(err.Error(), "colour-blind") {
		t.Errorf("error %v", err)
	}
	if _, err := ParseGraph("svg"); err == nil || !strings.Contains(err.Error(), "braille") {
		t.Errorf("error %v", err)
	}
	for _, n := range Names() {
		if got, err := ParseName(string(n)); got != n || err != nil {
			t.Errorf("ParseName(%q) = %q, %v", n, got, err)
		}
	}
}

func TestResolve(t *testing.T) {
	yes, no := func() bool { return true }, func() bool { return false }
	for _, c := range []struct {
		what    string
		wish    Wish
		env     map[string]string
		name    Name
		profile termenv.Profile
		graph   Graph
	}{
		{"a modern terminal", Wish{TTY: true, Dark: yes}, map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "en_US.UTF-8"}, Dark, termenv.TrueColor, Braille},
		{"a light one", Wish{TTY: true, Dark: no}, map[string]string{"TERM": "xterm-256color"}, Light, termenv.ANSI256, Braille},
		{"NO_COLOR", Wish{TTY: true}, map[string]string{"TERM": "xterm-256color", "NO_COLOR": "1"}, Mono, termenv.ANSI, Braille},
		{"NO_COLOR against CLICOLOR_FORCE", Wish{TTY: true}, map[string]string{"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, Mono, termenv.ANSI, Braille},
		{"--color=always over NO_COLOR", Wish{TTY: true, Color: "always"}, map[string]string{"NO_COLOR": "1", "COLORTERM": "24bit"}, Dark, termenv.TrueColor, Braille},
		{"--color=never", Wish{TTY: true, Color: "never"}, map[string]string{"COLORTERM": "24bit"}, Mono, termenv.ANSI, Braille},
		{"CLICOLOR=0", Wish{TTY: true}, map[string]string{"CLICOLOR": "0", "COLORTERM": "24bit"}, Mono, termenv.ANSI, Braille},
		{"no terminal", Wish{}, map[string]string{"COLORTERM": "24bit"}, Dark, termenv.Ascii, Braille},
		{"no terminal, forced", Wish{}, map[string]string{"CLICOLOR_FORCE": "1", "TERM": "xterm"}, Dark, termenv.ANSI, Braille},
		{"not forced by 0", Wish{}, map[string]string{"CLICOLOR_FORCE": "0"}, Dark, termenv.Ascii, Braille},
		{"the kernel console", Wish{TTY: true}, map[string]string{"TERM": "linux"}, Dark, termenv.ANSI, Block},
		{"a C locale", Wish{TTY: true}, map[string]string{"TERM": "xterm", "LC_ALL": "C", "LANG": "en_US.UTF-8"}, Dark, termenv.ANSI, ASCII},
		{"by name", Wish{TTY: true, Theme: "high-contrast", Graph: "ascii", Dark: no}, map[string]string{"TERM": "xterm-kitty"}, HighContrast, termenv.TrueColor, ASCII},
	} {
		c.wish.Getenv = func(key string) string { return c.env[key] }
		got, err := Resolve(c.wish)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		if got.Name != c.name || got.Profile != c.profile || got.Graph != c.graph {
			t.Errorf("%s: %s %d %v, want %s %d %v", c.what, got.Name, got.Profile, got.Graph, c.name, c.profile, c.graph)
		}
	}
	for _, bad := range []Wish{{Theme: "mauve"}, {Color: "sometimes"}, {Graph: "svg"}} {
		if _, err := Resolve(bad); err == nil {
			t.Errorf("Resolve(%+v) gives no error", bad)
		}
	}
}

// A theme that was asked for by name must not make the terminal answer a query.
func TestNamedThemeDoesNotAskTheTerminal(t *testing.T) {
	asked := false
	_, err := Resolve(Wish{Theme: "light", TTY: true, Color: "always", Dark: func() bool { asked = true; return true }})
	if err != nil || asked {
		t.Errorf("asked=%v, err=%v", asked, err)
	}
}
