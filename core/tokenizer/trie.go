package tokenizer

import (
	"cmp"
	"slices"
)

// trie finds all tokens that are a prefix of a text.
type trie struct {
	root   [256]int32 // node of a first byte, −1 for none
	first  []int32    // by node: its first child, in labels and child
	labels []byte     // of the children, ascending within a node
	child  []int32    // their nodes
	value  []int32    // by node: the value of the token that ends there, −1 for none
}

// newTrie builds a trie of keys and values. The last of equal keys counts.
// Empty keys are left out.
func newTrie(entries []entry) *trie {
	sorted := slices.Clone(entries)
	slices.SortStableFunc(sorted, func(a, b entry) int { return cmp.Compare(a.token, b.token) })
	t := &trie{}
	for i := range t.root {
		t.root[i] = -1
	}
	// A range of sorted entries that share their first depth bytes is a node.
	type part struct{ lo, hi, depth int }
	var queue []part
	node := func(p part) int32 {
		queue = append(queue, p)
		t.value = append(t.value, -1)
		return int32(len(t.value) - 1)
	}
	branch := func(p part, add func(b byte, n int32)) {
		for lo := p.lo; lo < p.hi; {
			b := sorted[lo].token[p.depth]
			hi := lo
			for hi < p.hi && sorted[hi].token[p.depth] == b {
				hi++
			}
			add(b, node(part{lo, hi, p.depth + 1}))
			lo = hi
		}
	}
	lo := 0
	for lo < len(sorted) && sorted[lo].token == "" {
		lo++
	}
	branch(part{lo, len(sorted), 0}, func(b byte, n int32) { t.root[b] = n })
	for i := 0; i < len(queue); i++ {
		p := queue[i]
		for p.lo < p.hi && len(sorted[p.lo].token) == p.depth {
			t.value[i] = sorted[p.lo].id
			p.lo++
		}
		t.first = append(t.first, int32(len(t.labels)))
		branch(p, func(b byte, n int32) {
			t.labels = append(t.labels, b)
			t.child = append(t.child, n)
		})
	}
	t.first = append(t.first, int32(len(t.labels)))
	return t
}

// step goes from a node along a byte; −1 where there is no way.
func (t *trie) step(node int32, b byte) int32 {
	lo, hi := int(t.first[node]), int(t.first[node+1])
	if hi-lo > 8 {
		if i, ok := slices.BinarySearch(t.labels[lo:hi], b); ok {
			return t.child[lo+i]
		}
		return -1
	}
	for i := lo; i < hi; i++ {
		if t.labels[i] == b {
			return t.child[i]
		}
	}
	return -1
}

// prefixes calls found with the length and value of every key that text begins
// with, the shortest first.
func (t *trie) prefixes(text string, found func(n int, value int32)) {
	if text == "" {
		return
	}
	node := t.root[text[0]]
	for i := 1; node >= 0; i++ {
		if v := t.value[node]; v >= 0 {
			found(i, v)
		}
		if i == len(text) {
			return
		}
		node = t.step(node, text[i])
	}
}

// longest is the longest key that text begins with.
func (t *trie) longest(text string) (n int, value int32) {
	t.prefixes(text, func(length int, v int32) { n, value = length, v })
	return n, value
}
