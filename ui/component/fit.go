package component

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/mmtui/mmtui/ui/layout"
	"github.com/mmtui/mmtui/ui/theme"
)

const blanks = "                                                                                                                                "

// Spaces is a text of n spaces, "" when n is not positive.
func Spaces(n int) string {
	switch {
	case n <= 0:
		return ""
	case n <= len(blanks):
		return blanks[:n]
	}
	return strings.Repeat(" ", n)
}

// Width is the number of cells that a line takes, escape sequences aside.
func Width(s string) int {
	if isPlainASCII(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

func isPlainASCII(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// Cut shortens a line to width cells and ends it with tail when something was lost.
func Cut(s string, width int, tail string) string {
	if width <= 0 {
		return ""
	}
	if Width(s) <= width {
		return s
	}
	return ansi.Truncate(s, width, tail)
}

// Line makes a line exactly width cells: cut with tail, or padded with spaces.
func Line(s string, width int, tail string) string {
	s = Cut(s, width, tail)
	return s + Spaces(width-Width(s))
}

// LineRight is Line with the text at the right.
func LineRight(s string, width int, tail string) string {
	s = Cut(s, width, tail)
	return Spaces(width-Width(s)) + s
}

// Fit makes a block exactly width × height cells.
func Fit(s string, width, height int) string {
	if height <= 0 {
		return ""
	}
	lines := strings.SplitN(s, "\n", height+1)
	var b strings.Builder
	b.Grow(len(s) + width)
	for y := range height {
		if y > 0 {
			b.WriteByte('\n')
		}
		line := ""
		if y < len(lines) {
			line = lines[y]
		}
		b.WriteString(Line(line, width, ""))
	}
	return b.String()
}

// Beside puts two blocks of equal height next to each other.
func Beside(left, right string) string {
	l, r := strings.Split(left, "\n"), strings.Split(right, "\n")
	for i := range l {
		if i < len(r) {
			l[i] += r[i]
		}
	}
	return strings.Join(l, "\n")
}

// Over draws a block over another at a place. Cells outside the base are lost.
func Over(base, block string, at layout.Rect) string {
	lines := strings.Split(base, "\n")
	for i, part := range strings.Split(block, "\n") {
		y := at.Y + i
		if i >= at.H || y < 0 || y >= len(lines) {
			continue
		}
		width := Width(lines[y])
		if at.X >= width {
			continue
		}
		part = Line(part, min(at.W, width-at.X), "")
		left := ansi.Truncate(lines[y], at.X, "")
		left += Spaces(at.X - Width(left)) // a wide character may have been cut in two
		after := at.X + Width(part)
		right := ansi.TruncateLeft(lines[y], after, "")
		if Width(right) > width-after { // likewise: TruncateLeft keeps the whole of it
			right = ansi.TruncateLeft(lines[y], after+1, "")
		}
		right = Spaces(width-after-Width(right)) + right
		lines[y] = left + part + right
	}
	return strings.Join(lines, "\n")
}

// Box frames a block with a title; the result is exactly width × height cells.
func Box(t theme.Theme, title, content string, width, height int, focused bool) string {
	if width < 2 || height < 2 {
		return Fit(content, width, height)
	}
	edge := t.Border
	if focused {
		edge = t.Focus
	}
	g := t.Glyphs
	inner := width - 2
	head := ""
	if title != "" && inner > 4 {
		head = " " + Cut(title, inner-4, g.Ellipsis) + " "
	}
	first := 1
	if head == "" {
		first = 0
	}
	rest := inner - first - Width(head)
	var b strings.Builder
	b.WriteString(edge.Render(g.TopLeft + strings.Repeat(g.Horizontal, first)))
	if head != "" {
		b.WriteString(t.Header.Render(head))
	}
	b.WriteString(edge.Render(strings.Repeat(g.Horizontal, max(0, rest)) + g.TopRight))
	side := edge.Render(g.Vertical)
	for _, line := range strings.Split(Fit(content, inner, height-2), "\n") {
		if height == 2 {
			break
		}
		b.WriteString("\n" + side + line + side)
	}
	b.WriteString("\n" + edge.Render(g.BotLeft+strings.Repeat(g.Horizontal, inner)+g.BotRight))
	return b.String()
}

// Clean makes a text that comes from a file or a user safe to draw: control
// characters, escape sequences, bidirectional overrides and bad UTF-8 show as
// escapes such as \x1b, so that they cannot move the cursor or the columns.
func Clean(s string) string {
	clean := true
	for i := 0; clean && i < len(s); i++ {
		clean = s[i] >= 0x20 && s[i] < 0x7f
	}
	if clean {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(s[0])|0x100, 16)[1:])
		case !strconv.IsPrint(r):
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// SizeNotice is the one line shown where a terminal is too small, width × height cells.
func SizeNotice(width, height int) string {
	text := "terminal too small: needs " + strconv.Itoa(layout.MinWidth) + "x" + strconv.Itoa(layout.MinHeight) +
		", has " + strconv.Itoa(width) + "x" + strconv.Itoa(height)
	if Width(text) > width {
		text = "needs " + strconv.Itoa(layout.MinWidth) + "x" + strconv.Itoa(layout.MinHeight)
	}
	return Fit(text, width, height)
}
