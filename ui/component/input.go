package component

import (
	"slices"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/rivo/uniseg"

	"github.com/mmtui/mmtui/ui/theme"
)

// Input is one line of text that is being typed: a bubbles text input, drawn
// in exact cells and used as a value. The zero Input is empty and ready.
type Input struct {
	field textinput.Model
	made  bool
}

// maxInput bounds what can be typed or pasted, in characters.
const maxInput = 4096

// NewInput starts with a text and the cursor at its end.
func NewInput(text string) Input {
	f := textinput.New()
	f.CharLimit = maxInput
	f.Focus()
	f.SetValue(text)
	f.CursorEnd()
	return Input{field: f, made: true}
}

// Value is the text.
func (in Input) Value() string { return in.field.Value() }

// Empty reports whether nothing is typed.
func (in Input) Empty() bool { return in.Value() == "" }

// Key handles a key; changed is true when the text is another one.
func (in Input) Key(k tea.KeyMsg) (out Input, changed bool) {
	out = in
	if !out.made {
		out = NewInput("")
	}
	if k.Type == tea.KeyRunes && k.Alt && !slices.Contains([]string{"b", "f", "d"}, string(k.Runes)) {
		return in, false // the field would type it; only the word keys are meant
	}
	was := out.Value()
	out.field.SetValue(was) // an own copy: the field edits in place, and in stays as it was
	out.field, _ = out.field.Update(k)
	return out, out.Value() != was
}

// Render draws prompt and text in exactly width cells; the cursor is always in view.
func (in Input) Render(t theme.Theme, prompt string, width int, focused bool) string {
	room := width - Width(prompt)
	if room < 2 {
		return Line(prompt, width, "")
	}
	runes := []rune(in.Value())
	at := min(in.field.Position(), len(runes))
	before, under, after := Clean(string(runes[:at])), " ", ""
	if at < len(runes) {
		under, after = Clean(string(runes[at:at+1])), Clean(string(runes[at+1:]))
	}
	if over := Width(before) + Width(under) - room; over > 0 {
		before = t.Glyphs.Ellipsis + cutLeft(before, over+1)
	}
	head := t.Accent.Render(prompt) + t.Text.Render(before)
	if focused {
		under = t.Selected.Render(under)
	}
	return Line(head+under+t.Text.Render(after), width, "")
}

// cutLeft drops at least n cells from the left of a plain text.
func cutLeft(s string, n int) string {
	for g := uniseg.NewGraphemes(s); n > 0 && g.Next(); {
		n -= Width(g.Str())
		s = s[len(g.Str()):]
	}
	return s
}

// CutLeft shortens a plain text from its left to width cells, with head where something was lost.
func CutLeft(s string, width int, head string) string {
	w := Width(s)
	if w <= width {
		return s
	}
	if width <= Width(head) {
		return Cut(s, width, "")
	}
	return head + cutLeft(s, w-width+Width(head))
}
