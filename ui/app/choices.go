package app

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/sahilm/fuzzy"

	"github.com/mmtui/mmtui/ui/component"
	"github.com/mmtui/mmtui/ui/keys"
	"github.com/mmtui/mmtui/ui/layout"
	"github.com/mmtui/mmtui/ui/table"
	"github.com/mmtui/mmtui/ui/theme"
)

// choice is a line of the palette or the help.
type choice struct {
	name string  // what is searched first, such as "sort by SQNR"
	help string  // a sentence
	keys string  // the keys, for people
	off  string  // why it cannot be used now
	head string  // heading above it, when it starts a part
	does tea.Msg // what choosing it does; nil: nothing
}

// choices is a searchable list in a box: the command palette and the help.
type choices struct {
	title  string
	keymap keys.Map
	ctx    keys.Context
	all    []choice
	found  []choice
	input  component.Input
	scroll table.Scroll
	narrow bool // the palette's box is narrower than the help's
}

func newChoices(title string, m keys.Map, ctx keys.Context, all []choice) *choices {
	return &choices{title: title, keymap: m, ctx: ctx, all: all, found: all, narrow: ctx == keys.Palette}
}

func (c *choices) rect(screen layout.Rect) layout.Rect {
	w, h := min(screen.W-2, 100), screen.H-2
	if c.narrow {
		w, h = min(screen.W-4, 84), min(screen.H-4, 22)
	}
	return layout.Center(screen, w, h)
}

func (c *choices) key(k tea.KeyMsg) (overlay, tea.Msg) {
	n := len(c.found)
	a, _ := c.keymap.In(k.String(), c.ctx)
	switch a {
	case keys.Cancel:
		return nil, nil
	case keys.Accept:
		return c.accept()
	case keys.NextItem:
		c.scroll = c.scroll.Move(1, n)
	case keys.PrevItem:
		c.scroll = c.scroll.Move(-1, n)
	case keys.PageDown:
		c.scroll = c.scroll.Page(1, n)
	case keys.PageUp:
		c.scroll = c.scroll.Page(-1, n)
	default:
		if c.input.Empty() && k.String() == "?" && c.ctx == keys.Help {
			return nil, nil
		}
		var changed bool
		if c.input, changed = c.input.Key(k); changed {
			c.search()
		}
	}
	return c, nil
}

func (c *choices) accept() (overlay, tea.Msg) {
	if c.scroll.Cursor >= len(c.found) {
		return c, nil
	}
	one := c.found[c.scroll.Cursor]
	if one.off != "" || one.does == nil {
		return c, nil
	}
	return nil, one.does
}

// search keeps what matches the letters typed, best first: by name, and after
// those by the sentence and the keys.
func (c *choices) search() {
	text := strings.TrimSpace(c.input.Value())
	c.found = c.all
	if text != "" {
		c.found = nil
		names, rest := make([]string, len(c.all)), make([]string, len(c.all))
		for i, one := range c.all {
			names[i], rest[i] = one.name, one.help+" "+one.keys
		}
		taken := make([]bool, len(c.all))
		for _, texts := range [][]string{names, rest} {
			for _, m := range fuzzy.Find(text, texts) {
				if !taken[m.Index] {
					taken[m.Index] = true
					one := c.all[m.Index]
					one.head = ""
					c.found = append(c.found, one)
				}
			}
		}
	}
	c.scroll = c.scroll.To(0, len(c.found))
}

// lines lists what is drawn: headings, and choices by their index.
func (c *choices) lines() (text []string, at []int) {
	for i, one := range c.found {
		if one.head != "" {
			text, at = append(text, one.head), append(at, -1)
		}
		text, at = append(text, ""), append(at, i)
	}
	return text, at
}

func (c *choices) render(t theme.Theme, width, height int) string {
	inner, rows := width-2, height-4
	heads, at := c.lines()
	window := c.window(at, rows)
	lines := []string{c.input.Render(t, " "+t.Glyphs.Closed+" ", inner, true), t.Border.Render(strings.Repeat(t.Glyphs.Horizontal, max(0, inner)))}
	for y := window; y < min(window+rows, len(at)); y++ {
		if at[y] < 0 {
			lines = append(lines, t.Header.Render(" "+heads[y]))
			continue
		}
		lines = append(lines, c.line(t, c.found[at[y]], inner, at[y] == c.scroll.Cursor))
	}
	if len(c.found) == 0 {
		lines = append(lines, t.Dim.Render(" nothing matches"))
	}
	return component.Box(t, c.title, strings.Join(lines, "\n"), width, height, true)
}

// window is the first line drawn, so that the cursor's line is in view.
func (c *choices) window(at []int, rows int) int {
	line := 0
	for y, i := range at {
		if i == c.scroll.Cursor {
			line = y
		}
	}
	c.scroll.Height = max(1, rows)
	s := table.Scroll{Cursor: line, Offset: max(0, line-rows/2), Height: rows}.Clamp(len(at))
	return s.Offset
}

func (c *choices) line(t theme.Theme, one choice, width int, cursor bool) string {
	keysWidth, nameWidth := min(14, width/4), min(17, width/3)
	if c.narrow { // a command is looked for by its name
		keysWidth, nameWidth = min(8, width/6), min(20, width/3)
	}
	rest := max(0, width-keysWidth-nameWidth-4)
	about, g := one.help, t.Glyphs
	if one.off != "" {
		about = "not now: " + one.off
	}
	mark := " "
	if cursor {
		mark = g.Cursor
	}
	k := component.Line(one.keys, keysWidth, g.Ellipsis)
	name := component.Line(one.name, nameWidth, g.Ellipsis)
	about = component.Line(about, rest, g.Ellipsis)
	if cursor {
		return t.Selected.Render(component.Line(mark+k+" "+name+" "+about, width, ""))
	}
	style := t.Text
	if one.off != "" {
		style = t.Dim
	}
	return mark + t.Key.Render(k) + " " + style.Render(name) + " " + t.Dim.Render(about) + " "
}

func (c *choices) click(_, y int) (overlay, tea.Msg) {
	_, at := c.lines()
	row := y - 3 + c.window(at, c.scroll.Height)
	if y < 3 || row >= len(at) || at[row] < 0 {
		return c, nil
	}
	c.scroll = c.scroll.To(at[row], len(c.found))
	return c.accept()
}
