package metrics

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mmtui/mmtui/internal/pytext"
)

// PTB is the tokenizer of pycocoevalcap: the Penn Treebank tokenizer of Stanford
// CoreNLP 3.4.1 with -preserveLines -lowerCase, after which pycocoevalcap drops
// punctuation. At every place the longest match of all rules is taken, what must
// follow it counted in; of equal ones the first rule.
//
// It holds compiled patterns only, and is safe for concurrent use.
type PTB struct{ rules []ptbRule }

// NewPTB prepares the tokenizer.
func NewPTB() *PTB { return &PTB{rules: ptbRules()} }

// Tokenize tokenizes captions. They are one text to the tokenizer, a line each:
// whether "plan b." keeps its period depends on the line that follows. So all
// references of a corpus go into one call, and all answers into another, as
// pycocoevalcap has it. Tokens are joined by single spaces; a caption of
// punctuation alone is "".
func (p *PTB) Tokenize(captions []string) []string {
	text := &ptbText{}
	for i, c := range captions {
		if i > 0 {
			text.b.WriteByte('\n')
		}
		text.add(c)
	}
	scanned := text.b.String()
	lines := make([][]string, 1, len(captions)+1)
	for at := 0; at < len(scanned); {
		token, n, kind := p.next(scanned, at)
		n = max(n, 1)
		token = text.restore(token, scanned[at:at+n])
		at += n
		switch kind {
		case ptbNewline:
			lines = append(lines, nil)
		case ptbToken:
			lines[len(lines)-1] = append(lines[len(lines)-1], ptbLower(token))
		}
	}
	result := make([]string, len(captions))
	for i := range min(len(lines), len(result)) {
		result[i] = ptbKept(lines[i])
	}
	return result
}

// ptbKept joins the tokens of a line that are no punctuation, as Python does
// with the printed line: white space at its end goes, then it is split at
// spaces (a token may hold a no-break space, and end in one).
func ptbKept(tokens []string) string {
	line := strings.TrimRightFunc(strings.Join(tokens, " "), pythonSpace)
	kept := slices.DeleteFunc(strings.Split(line, " "), func(token string) bool {
		return token == "" || slices.Contains(ptbPunctuation(), token)
	})
	return strings.Join(kept, " ")
}

// ptbPunctuation is what pycocoevalcap drops. Brackets are in its list in
// capitals, and so are never dropped from text in small letters.
func ptbPunctuation() []string {
	return []string{"''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-", ".", "?", "!", ",", ":", "-", "--", "...", ";"}
}

// ptbBeyond stands for a character that the tokenizer's letters and digits do
// not include: one beyond 16 bits, such as an emoji.
const ptbBeyond = '\uffff'

// ptbText is what is scanned. Characters beyond 16 bits are kept apart, so that
// the few tokens that may hold them (addresses) get them back.
type ptbText struct {
	b      strings.Builder
	beyond []rune
}

// add appends a caption. What would end a line in it becomes a space, as
// pycocoevalcap has it for "\n".
func (t *ptbText) add(caption string) {
	for _, r := range caption {
		switch {
		case r == '\n', r == '\r', r == '\v', r == '\f', r == 0x85, r == 0x2028, r == 0x2029:
			t.b.WriteByte(' ')
		case r >= ptbBeyond || r == utf8.RuneError:
			t.b.WriteRune(ptbBeyond)
			t.beyond = append(t.beyond, r)
		default:
			t.b.WriteRune(r)
		}
	}
}

// restore puts characters back into a token; taken is what it was made from.
func (t *ptbText) restore(token, taken string) string {
	n := strings.Count(taken, string(ptbBeyond))
	if n == 0 {
		return token
	}
	for _, r := range t.beyond[:n] {
		token = strings.Replace(token, string(ptbBeyond), string(r), 1)
	}
	t.beyond = t.beyond[n:]
	return token
}

// ptbLower is String.toLowerCase of Java, which does as Python's lower does.
func ptbLower(s string) string { return pytext.Lower(s) }

// What next found.
const (
	ptbToken = iota
	ptbSkip
	ptbNewline
)

// ptbChunkEnd is the end of the run that starts at a place: up to a space, a tab
// or a line end, which no token holds but a few numbers. A no-break space may be
// part of an address.
func ptbChunkEnd(s string) int {
	if i := strings.IndexAny(s, " \t\n"); i >= 0 {
		return i
	}
	return len(s)
}

// next gives the token at a place and the bytes that it takes.
func (p *PTB) next(text string, at int) (token string, n, kind int) {
	s := text[at:]
	switch s[0] {
	case '\n':
		return "", 1, ptbNewline
	case ' ', '\t', 0, 0x7f:
		return "", 1, ptbSkip
	}
	chunk := s[:ptbChunkEnd(s)]
	if ptbPlainWord(chunk) {
		return chunk, len(chunk), ptbToken
	}
	var best *ptbRule
	bestTotal, bestLength := 0, 0
	for i := range p.rules {
		rule := &p.rules[i]
		if rule.needs != "" && !strings.ContainsAny(chunk, rule.needs) {
			continue
		}
		if length, total := rule.match(s); total > bestTotal {
			best, bestTotal, bestLength = rule, total, length
		}
	}
	if best == nil {
		_, size := utf8.DecodeRuneInString(s)
		return "", size, ptbSkip
	}
	found := s[:bestLength]
	if best.makes == nil {
		return found, bestLength, ptbToken
	}
	token, n = best.makes(found, bestTotal)
	if token == "" {
		return "", n, ptbSkip
	}
	return token, n, ptbToken
}

// ptbPlainWord reports whether a run of text is letters alone and no word that is
// taken apart: it is one token by every rule, and most runs are so.
func ptbPlainWord(chunk string) bool {
	for i := range len(chunk) {
		if c := chunk[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	switch strings.ToLower(chunk) {
	case "cannot", "gonna", "gotta", "lemme", "gimme", "wanna":
		return false
	}
	return true
}
