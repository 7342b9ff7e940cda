package run

import (
	"strings"

	"github.com/rivo/uniseg"

	"github.com/mmtui/mmtui/ui/component"
)

// span is a piece of a line that belongs to one token.
type span struct {
	token int
	text  string
	width int
}

// flow wraps the text of tokens into lines of at most width cells, at blanks
// where it can. A token may go on in the next line; one without text is in none.
func flow(tokens []token, width int) [][]span {
	if width < 1 {
		return nil
	}
	w := wrapper{width: width}
	w.take(tokens)
	return w.all()
}

// wrapper fills lines. Text that follows changes the last line only, so that an
// answer which streams costs each frame what is new in it.
type wrapper struct {
	width int
	taken int // tokens
	lines [][]span
	line  []span
	used  int
}

// take adds the tokens that were not taken before.
func (w *wrapper) take(tokens []token) {
	for ; w.taken < len(tokens); w.taken++ {
		for i, part := range strings.Split(tokens[w.taken].text, "\n") {
			if i > 0 {
				w.newLine()
			}
			w.add(w.taken, part)
		}
	}
}

// all are the lines so far.
func (w *wrapper) all() [][]span { return append(w.lines[:len(w.lines):len(w.lines)], w.line) }

// flow is the answer in lines of a width.
func (c *column) flow(width int) [][]span {
	if width < 1 {
		return nil
	}
	if c.wrap == nil || c.wrap.width != width || c.wrap.taken > c.told {
		c.wrap = &wrapper{width: width}
	}
	c.wrap.take(c.tokens[:c.told])
	return c.wrap.all()
}

func (w *wrapper) newLine() {
	w.lines = append(w.lines, w.line)
	w.line, w.used = nil, 0
}

// add puts a token's text on the line, cluster by cluster.
func (w *wrapper) add(token int, text string) {
	for g := uniseg.NewGraphemes(text); g.Next(); {
		cluster := component.Clean(g.Str())
		n := component.Width(cluster)
		if w.used+n > w.width {
			if cluster == " " { // a blank at the end of a line needs no place
				w.newLine()
				continue
			}
			w.breakLine()
		}
		w.put(token, cluster, n)
	}
}

func (w *wrapper) put(token int, cluster string, n int) {
	w.used += n
	if k := len(w.line) - 1; k >= 0 && w.line[k].token == token {
		w.line[k].text += cluster
		w.line[k].width += n
		return
	}
	w.line = append(w.line, span{token, cluster, n})
}

// breakLine starts a line, and takes the word that is being written along.
func (w *wrapper) breakLine() {
	var word []span
	keep := w.line
	for k := len(w.line) - 1; k >= 0; k-- {
		s := w.line[k]
		at := strings.LastIndexByte(s.text, ' ')
		if at < 0 {
			continue
		}
		tail := s.text[at+1:]
		keep = append([]span(nil), w.line[:k]...)
		keep = append(keep, span{s.token, s.text[:at+1], component.Width(s.text[:at+1])})
		if tail != "" {
			word = append(word, span{s.token, tail, component.Width(tail)})
		}
		word = append(word, w.line[k+1:]...)
		break
	}
	used := 0
	for _, s := range word {
		used += s.width
	}
	if used > w.width/2 { // a word that long is cut
		keep, word, used = w.line, nil, 0
	}
	w.lines = append(w.lines, keep)
	w.line, w.used = word, used
}

// lineOf is the line that a token begins in; without text it is where it would be.
func lineOf(lines [][]span, token int) int {
	at := 0
	for y, line := range lines {
		for _, s := range line {
			if s.token == token {
				return y
			}
			if s.token < token {
				at = y
			}
		}
	}
	return at
}
