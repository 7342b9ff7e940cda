package snapshot

import (
	"fmt"
	"strings"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
)

// typePrefix starts an entry of Options.Keys that is text to be typed.
const typePrefix = "type:"

// presses turns the name of a key, as the help and bubbletea write it ("j",
// "enter", "ctrl+d", "pgdown", "space"), or "type:some text", into key messages.
func presses(name string) ([]tea.KeyMsg, error) {
	if text, ok := strings.CutPrefix(name, typePrefix); ok {
		var out []tea.KeyMsg
		for _, r := range text {
			out = append(out, rune2key(r))
		}
		return out, nil
	}
	if name == "space" {
		name = " "
	}
	if r, n := utf8.DecodeRuneInString(name); n == len(name) && r != utf8.RuneError {
		return []tea.KeyMsg{rune2key(r)}, nil
	}
	lower := strings.ToLower(name)
	alt := strings.HasPrefix(lower, "alt+")
	base := strings.TrimPrefix(lower, "alt+")
	if r, n := utf8.DecodeRuneInString(base); alt && n == len(base) && r != utf8.RuneError {
		return []tea.KeyMsg{{Type: tea.KeyRunes, Runes: []rune{r}, Alt: true}}, nil
	}
	// bubbletea has no table from names to types that is exported; the types are few.
	for t := tea.KeyType(-100); t <= 127; t++ {
		if t != tea.KeyRunes && t.String() == base {
			return []tea.KeyMsg{{Type: t, Alt: alt}}, nil
		}
	}
	return nil, fmt.Errorf("key %q is not known; use names such as j, enter, ctrl+d, pgdown, space, or type:TEXT", name)
}

func rune2key(r rune) tea.KeyMsg {
	if r == ' ' {
		return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}}
}
