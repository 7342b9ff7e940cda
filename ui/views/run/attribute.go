package run

import "strings"

// attribute gives the text of a streamed answer to the tokens it comes from, and
// tells how many of them have theirs now and what is left of the text. A stream
// holds a word back until it ends and may stop inside a token, so a piece is not
// what the token that brought it says. A token whose own text is not known, or
// is part of a character, gets what stands before the next one that is found. At
// the end nothing is left.
func attribute(tokens []token, text string, end bool) (told int, rest string) {
	for told < len(tokens) && text != "" {
		own := tokens[told].own()
		n, ok := ownLength(text, own)
		if !ok {
			if !end && (strings.HasPrefix(own, text) || strings.TrimSpace(text) == "") {
				return told, text // the rest of it comes with the next word
			}
			at, by, found := anchor(tokens[told+1:], text)
			switch {
			case found:
				told, n = told+by, at
			case end:
				n = len(text)
			default:
				told, n = len(tokens)-1, len(text)
			}
		}
		tokens[told].text, text = text[:n], text[n:]
		told++
	}
	if end {
		return len(tokens), text
	}
	return told, text
}

// ownLength is how much of a text a token's own text takes at its beginning; a
// blank that decoding one id alone leaves out is part of it.
func ownLength(text, own string) (n int, ok bool) {
	switch {
	case own == "":
		return 0, false
	case strings.HasPrefix(text, own):
		return len(own), true
	case text[0] == ' ' && strings.HasPrefix(text[1:], own):
		return 1 + len(own), true
	}
	return 0, false
}

// anchor finds the first token whose own text is in a text, or begins at its end.
func anchor(tokens []token, text string) (at, token int, found bool) {
	for i := range tokens {
		own := tokens[i].own()
		if own == "" {
			continue
		}
		if k := strings.Index(text, own); k >= 0 {
			return k, i, true
		}
		for k := max(len(text)-len(own), 0); k < len(text); k++ {
			if strings.HasPrefix(own, text[k:]) {
				return k, i, true
			}
		}
	}
	return 0, 0, false
}

// own is what the token alone decodes to, "" where that is not known.
func (t token) own() string {
	for _, alt := range t.top {
		if alt.ID == t.id {
			return alt.Text
		}
	}
	return ""
}
