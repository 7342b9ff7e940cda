package run

import (
	"slices"
	"testing"

	"github.com/mmtui/mmtui/core/infer"
	"github.com/mmtui/mmtui/ui/msg"
)

// streamed feeds tokens as a stream that holds words back tells them: own is what
// a token alone decodes to, "" where it is not among the most probable.
func streamed(own, pieces []string, whole string) *column {
	c := &column{follow: true}
	for i, name := range own {
		e := infer.Event{Kind: infer.Token, ID: i, Text: pieces[i], Top: []infer.Choice{{ID: 900, Text: "other"}}}
		if name != "" {
			e.Top = append(e.Top, infer.Choice{ID: i, Text: name})
		}
		c.take(msg.RunPart{Events: []infer.Event{e}})
	}
	c.take(msg.RunPart{Ended: true, Result: &infer.Result{Text: whole}})
	return c
}

func TestTextGoesToItsTokens(t *testing.T) {
	for _, c := range []struct {
		name              string
		own, pieces, want []string
		whole             string
	}{
		{"words held back", []string{"A", " gin", "ger", " cat", "."}, []string{"", "A ", "", "ginger ", ""}, []string{"A", " gin", "ger", " cat", "."}, "A ginger cat."},
		{"a character of two tokens", []string{"\ufffd", "\ufffd", " x"}, []string{"", "", "é "}, []string{"", "é", " x"}, "é x"},
		{"a drawn token", []string{"A", "", "ger", " cat"}, []string{"", "A ", "", "ginger "}, []string{"A", " gin", "ger", " cat"}, "A ginger cat"},
		{"no token is known", []string{"", "", ""}, []string{"", "A ", ""}, []string{"", "A ", "cat"}, "A cat"},
		{"a blank that one id leaves out", []string{"A", "cat"}, []string{"", "A "}, []string{"A", " cat"}, "A cat"},
		{"an end that says nothing", []string{"Yes", "<end>"}, []string{"", ""}, []string{"Yes", ""}, "Yes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := streamed(c.own, c.pieces, c.whole)
			var texts []string
			for _, one := range got.tokens {
				texts = append(texts, one.text)
			}
			if !slices.Equal(texts, c.want) || got.text() != c.whole {
				t.Errorf("%q says %q, want %q of %q", texts, got.text(), c.want, c.whole)
			}
		})
	}
}

// Whatever the tokens are called, no text is lost and none comes twice.
func FuzzAttribute(f *testing.F) {
	f.Add("A ginger cat", "A", " gin", "ger", uint8(3))
	f.Add("é x", "\ufffd", "", " x", uint8(1))
	f.Fuzz(func(t *testing.T, whole, a, b, c string, cut uint8) {
		at := int(cut) % (len(whole) + 1)
		got := streamed([]string{a, b, c}, []string{"", whole[:at], ""}, whole)
		if got.text() != whole {
			t.Errorf("%q became %q", whole, got.text())
		}
		if lines := got.flow(1 << 20); len(lines) == 0 {
			t.Error("no lines")
		}
	})
}
