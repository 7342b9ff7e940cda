package tokenizer

import (
	"container/heap"
	"unicode/utf8"
)

// spmPair is a candidate of sentencepiece's BPE: two neighbouring symbols that
// make a piece. The best score goes first, then the leftmost.
type spmPair struct {
	left, right int
	score       float32
	size        int // bytes of both when it was found
}

type spmAgenda []spmPair

func (a spmAgenda) Len() int { return len(a) }
func (a spmAgenda) Less(i, j int) bool {
	return a[i].score > a[j].score || a[i].score == a[j].score && a[i].left < a[j].left
}
func (a spmAgenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *spmAgenda) Push(x any)   { *a = append(*a, x.(spmPair)) }
func (a *spmAgenda) Pop() any {
	old := *a
	x := old[len(old)-1]
	*a = old[:len(old)-1]
	return x
}

// spmSymbol is a part of the text in a doubly linked list.
type spmSymbol struct {
	prev, next int
	begin, end int
	frozen     bool // a user-defined piece, which is merged with nothing
}

// spmMerger merges the symbols of one text.
type spmMerger struct {
	*spm
	text    string
	symbols []spmSymbol
	agenda  spmAgenda
	parts   map[string][2]string // of unused pieces, which are taken apart at the end
}

func (m *spm) tokenizeBPE(out []token, text string) []token {
	b := &spmMerger{spm: m, text: text, parts: map[string][2]string{}}
	for at := 0; at < len(text); {
		s := spmSymbol{prev: len(b.symbols) - 1, next: len(b.symbols) + 1, begin: at}
		n := 0
		if m.user != nil {
			n, _ = m.user.longest(text[at:])
		}
		if s.frozen = n > 0; !s.frozen {
			_, n = utf8.DecodeRuneInString(text[at:])
		}
		at += n
		s.end = at
		b.symbols = append(b.symbols, s)
	}
	if len(b.symbols) == 0 {
		return out
	}
	b.symbols[len(b.symbols)-1].next = -1
	for i := 1; i < len(b.symbols); i++ {
		b.consider(i-1, i)
	}
	b.merge()
	for i := 0; i >= 0; i = b.symbols[i].next {
		out = b.emit(out, b.symbols[i].begin, b.symbols[i].end, 0)
	}
	return out
}

// consider puts a pair on the agenda if it makes a piece.
func (b *spmMerger) consider(left, right int) {
	if left < 0 || right < 0 || b.symbols[left].frozen || b.symbols[right].frozen {
		return
	}
	l, r := b.symbols[left], b.symbols[right]
	whole := b.text[l.begin:r.end]
	id, ok := b.id(whole)
	if !ok {
		return
	}
	switch b.pieces[id].kind {
	case pieceUnused:
		b.parts[whole] = [2]string{b.text[l.begin:l.end], b.text[r.begin:r.end]}
	case pieceNormal, pieceUserDefined:
	default:
		return // control, unknown and byte pieces are not found in text
	}
	heap.Push(&b.agenda, spmPair{left, right, b.pieces[id].score, len(whole)})
}

func (b *spmMerger) merge() {
	for b.agenda.Len() > 0 {
		top := heap.Pop(&b.agenda).(spmPair)
		l, r := &b.symbols[top.left], &b.symbols[top.right]
		if l.begin == l.end || r.begin == r.end || r.end-l.begin != top.size || l.next != top.right {
			continue // one of the two was merged since
		}
		l.end, l.next = r.end, r.next
		if r.next >= 0 {
			b.symbols[r.next].prev = top.left
		}
		r.begin = r.end
		b.consider(l.prev, top.left)
		b.consider(top.left, l.next)
	}
}

// emit appends a symbol; an unused piece is taken apart into what it was merged from.
func (b *spmMerger) emit(out []token, begin, end, depth int) []token {
	text := b.text[begin:end]
	id, ok := b.id(text)
	if !ok {
		id = b.unknown
	}
	if parts, apart := b.parts[text]; apart && b.pieces[id].kind == pieceUnused && depth < len(b.text) {
		middle := begin + len(parts[0])
		return b.emit(b.emit(out, begin, middle, depth+1), middle, end, depth+1)
	}
	return append(out, token{id, text, begin, end})
}
