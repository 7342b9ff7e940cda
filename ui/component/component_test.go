package component

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/mmtui/mmtui/ui/layout"
	"github.com/mmtui/mmtui/ui/theme"
)

// sized fails unless s is exactly width × height cells.
func sized(t *testing.T, s string, width, height int) {
	t.Helper()
	lines := strings.Split(s, "\n")
	if len(lines) != height {
		t.Fatalf("%d lines, want %d", len(lines), height)
	}
	for y, l := range lines {
		if w := ansi.StringWidth(l); w != width {
			t.Fatalf("line %d has %d cells, want %d: %q", y, w, width, l)
		}
	}
}

func dark() theme.Theme { return theme.New(theme.Dark, termenv.TrueColor, theme.Braille) }

func TestFitIsExact(t *testing.T) {
	styled := dark().Bad.Render("a long red line with 漢字 in it")
	for _, text := range []string{"", "a", "a\nb\nc\nd", styled, "漢字漢字", styled + "\n" + styled} {
		for _, w := range []int{1, 2, 3, 7, 40} {
			for _, h := range []int{1, 3} {
				sized(t, Fit(text, w, h), w, h)
			}
		}
	}
	if Fit("x", 5, 0) != "" {
		t.Error("a height of 0 is not empty")
	}
}

func TestLine(t *testing.T) {
	for _, c := range []struct{ in, tail, want, right string }{
		{"abc", "~", "abc  ", "  abc"}, {"abcdef", "~", "abcd~", "abcd~"}, {"漢字漢", "~", "漢字~", "漢字~"}, {"", "~", "     ", "     "},
	} {
		if got := Line(c.in, 5, c.tail); got != c.want {
			t.Errorf("Line(%q) = %q, want %q", c.in, got, c.want)
		}
		if got := LineRight(c.in, 5, c.tail); got != c.right {
			t.Errorf("LineRight(%q) = %q, want %q", c.in, got, c.right)
		}
	}
	if got := Line("漢字", 3, ""); got != "漢 " {
		t.Errorf("a wide character cut in two gives %q", got)
	}
}

func TestOver(t *testing.T) {
	base := Fit("abcdefgh\nijklmnop\nqrstuvwx", 8, 3)
	got := Over(base, "12\n34", layout.Rect{X: 3, Y: 1, W: 2, H: 2})
	if want := "abcdefgh\nijk12nop\nqrs34vwx"; got != want {
		t.Errorf("Over gives\n%s\nwant\n%s", got, want)
	}
	sized(t, Over(base, "12345678901", layout.Rect{X: 6, Y: 2, W: 11, H: 4}), 8, 3)
	wide := Fit("漢字漢字", 8, 1)
	sized(t, Over(wide, "xx", layout.Rect{X: 1, Y: 0, W: 2, H: 1}), 8, 1)
	if got := Over(wide, "xx", layout.Rect{X: 1, Y: 0, W: 2, H: 1}); got != " xx 漢字" {
		t.Errorf("over half characters: %q", got)
	}
	styled := Fit(dark().Good.Render("green line here"), 20, 1)
	over := Over(styled, "XX", layout.Rect{X: 4, Y: 0, W: 2, H: 1})
	sized(t, over, 20, 1)
	if ansi.Strip(over) != "greeXXline here     " {
		t.Errorf("over a styled line: %q", ansi.Strip(over))
	}
}

func TestBox(t *testing.T) {
	for _, w := range []int{2, 3, 8, 30} {
		for _, h := range []int{2, 3, 9} {
			sized(t, Box(dark(), "title", "one\ntwo", w, h, true), w, h)
			sized(t, Box(dark(), "", "", w, h, false), w, h)
		}
	}
	plain := theme.New(theme.Dark, termenv.Ascii, theme.ASCII)
	want := "+- ab ----+\n|one      |\n+---------+"
	if got := Box(plain, "ab", "one", 11, 3, false); got != want {
		t.Errorf("Box gives\n%s\nwant\n%s", got, want)
	}
}

// Nothing that a file or a user names may move the cursor or colour the screen.
func TestCleanEscapesControl(t *testing.T) {
	for in, want := range map[string]string{
		"plain.name-0":     "plain.name-0",
		"red\x1b[31m":      `red\x1b[31m`,
		"tab\there":        `tab\there`,
		"two\nlines\r":     `two\nlines\r`,
		"bell\a\x00":       `bell\a\x00`,
		"漢字":               "漢字",
		"rtl\u202eevil":    `rtl\u202eevil`,
		"zero\u200bwidth":  `zero\u200bwidth`,
		"bad\xff\xfeutf8":  `bad\xff\xfeutf8`,
		"c1\u009b31m":      `c1\u009b31m`,
		"nbsp\u00a0":       `nbsp\u00a0`,
		"del\x7f":          `del\x7f`,
		"\U000e0001tagged": `\U000e0001tagged`,
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSizeNotice(t *testing.T) {
	for _, size := range [][2]int{{20, 5}, {59, 19}, {1, 1}, {46, 3}} {
		sized(t, SizeNotice(size[0], size[1]), size[0], size[1])
	}
	if got := SizeNotice(59, 1); !strings.Contains(got, "needs 60x20, has 59x1") {
		t.Errorf("SizeNotice = %q", got)
	}
}

func typeKeys(in Input, keys ...tea.KeyMsg) Input {
	for _, k := range keys {
		in, _ = in.Key(k)
	}
	return in
}

func runes(s string) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s)} }

func TestInputEdits(t *testing.T) {
	left, back := tea.KeyMsg{Type: tea.KeyLeft}, tea.KeyMsg{Type: tea.KeyBackspace}
	for _, c := range []struct {
		name  string
		start string
		keys  []tea.KeyMsg
		want  string
	}{
		{"types", "", []tea.KeyMsg{runes("a"), runes("b"), {Type: tea.KeySpace, Runes: []rune{' '}}, runes("c")}, "ab c"},
		{"inserts", "ac", []tea.KeyMsg{left, runes("b")}, "abc"},
		{"erases", "abc", []tea.KeyMsg{left, back}, "ac"},
		{"deletes", "abc", []tea.KeyMsg{{Type: tea.KeyHome}, {Type: tea.KeyDelete}}, "bc"},
		{"erases a word", "one two  ", []tea.KeyMsg{{Type: tea.KeyCtrlW}}, "one "},
		{"erases to the start", "one two", []tea.KeyMsg{left, {Type: tea.KeyCtrlU}}, "o"},
		{"erases to the end", "one two", []tea.KeyMsg{{Type: tea.KeyCtrlA}, {Type: tea.KeyRight}, {Type: tea.KeyCtrlK}}, "o"},
		{"a paste is one line", "", []tea.KeyMsg{{Type: tea.KeyRunes, Runes: []rune("a\nb\x1b[31m"), Paste: true}}, "a b[31m"},
		{"stops at the ends", "a", []tea.KeyMsg{left, left, left, runes("b"), {Type: tea.KeyEnd}, {Type: tea.KeyDelete}}, "ba"},
		{"leaves other keys alone", "a", []tea.KeyMsg{{Type: tea.KeyF1}, {Type: tea.KeyRunes, Runes: []rune("x"), Alt: true}}, "a"},
	} {
		if got := typeKeys(NewInput(c.start), c.keys...).Value(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestInputReportsChanges(t *testing.T) {
	in := NewInput("ab")
	if _, changed := in.Key(tea.KeyMsg{Type: tea.KeyLeft}); changed {
		t.Error("a move counts as a change")
	}
	if _, changed := in.Key(runes("c")); !changed {
		t.Error("a letter does not count as a change")
	}
	if _, changed := NewInput("").Key(tea.KeyMsg{Type: tea.KeyBackspace}); changed {
		t.Error("backspace on nothing counts as a change")
	}
}

// What is typed before must not change when a copy is edited: inputs are values.
func TestInputIsAValue(t *testing.T) {
	a := NewInput("abc")
	b, _ := a.Key(tea.KeyMsg{Type: tea.KeyBackspace})
	c, _ := b.Key(runes("x"))
	d, _ := b.Key(runes("y"))
	if a.Value() != "abc" || b.Value() != "ab" || c.Value() != "abx" || d.Value() != "aby" {
		t.Errorf("got %q %q %q %q", a.Value(), b.Value(), c.Value(), d.Value())
	}
}

func TestInputRender(t *testing.T) {
	plain := theme.New(theme.Dark, termenv.Ascii, theme.Braille)
	long := NewInput(strings.Repeat("0123456789", 9) + "END")
	for w := range 40 {
		sized(t, long.Render(plain, "/", w, true), w, 1)
		sized(t, NewInput("漢字漢字漢字漢字漢字漢字").Render(plain, "/", w, true), w, 1)
	}
	if got := long.Render(plain, "/", 12, true); !strings.HasPrefix(got, "/…") || !strings.HasSuffix(got, "89END ") {
		t.Errorf("the cursor is not in view: %q", got)
	}
}

func TestCutLeft(t *testing.T) {
	for _, c := range []struct {
		in   string
		w    int
		want string
	}{
		{"abcdef", 6, "abcdef"}, {"abcdef", 4, "…def"}, {"漢字漢字", 5, "…漢字"}, {"漢字漢字", 4, "…字"}, {"abc", 1, "a"}, {"abc", 0, ""},
	} {
		if got := CutLeft(c.in, c.w, "…"); got != c.want {
			t.Errorf("CutLeft(%q, %d) = %q, want %q", c.in, c.w, got, c.want)
		}
	}
}
