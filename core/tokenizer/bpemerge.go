package tokenizer

import "math"

// shortWord is up to how many symbols a scan for the best pair beats a heap.
const shortWord = 24

// mergeShort merges the earliest pair, the leftmost of equals, until none is
// left, by looking at all pairs each time.
func (m *bpe) mergeShort(symbols []symbol, work *scratch) []symbol {
	const none = math.MaxInt64
	ranks := work.ranks[:0] // rank and id of the pair (i, i+1)
	rank := func(i int) int64 {
		if r, ok := m.merges[pairKey(symbols[i].id, symbols[i+1].id)]; ok {
			return int64(r.rank)<<32 | int64(r.id)
		}
		return none
	}
	for i := range len(symbols) - 1 {
		ranks = append(ranks, rank(i))
	}
	work.ranks = ranks
	for len(ranks) > 0 {
		best := 0
		for i, r := range ranks {
			if r>>32 < ranks[best]>>32 {
				best = i
			}
		}
		if ranks[best] == none {
			break
		}
		symbols[best].id = int32(ranks[best] & math.MaxUint32)
		symbols[best].size += symbols[best+1].size
		symbols = append(symbols[:best+1], symbols[best+2:]...)
		ranks = append(ranks[:best], ranks[best+1:]...)
		if best < len(ranks) {
			ranks[best] = rank(best)
		}
		if best > 0 {
			ranks[best-1] = rank(best - 1)
		}
	}
	return symbols
}

// pairMerge is a candidate: the symbol at pos with the one after it.
type pairMerge struct {
	rank, pos, id int32
}

func (a pairMerge) before(b pairMerge) bool {
	return a.rank < b.rank || a.rank == b.rank && a.pos < b.pos
}

// mergeLong does the same with a heap of candidates, in O(n log n): a word can
// be a whole text where nothing splits it before.
func (m *bpe) mergeLong(symbols []symbol, work *scratch) {
	heap := work.heap[:0]
	push := func(at int32) {
		if at < 0 || symbols[at].next < 0 {
			return
		}
		if r, ok := m.merges[pairKey(symbols[at].id, symbols[symbols[at].next].id)]; ok {
			heap = pushMerge(heap, pairMerge{r.rank, at, r.id})
		}
	}
	for i := range symbols {
		push(int32(i))
	}
	for len(heap) > 0 {
		var top pairMerge
		top, heap = popMerge(heap)
		left := &symbols[top.pos]
		if left.size == 0 || left.next < 0 {
			continue
		}
		right := &symbols[left.next]
		// The pair may have been merged with a neighbour since.
		if r, ok := m.merges[pairKey(left.id, right.id)]; !ok || r.id != top.id {
			continue
		}
		left.id, left.size, left.next = top.id, left.size+right.size, right.next
		right.size = 0
		if left.next >= 0 {
			symbols[left.next].prev = top.pos
		}
		push(left.prev)
		push(top.pos)
	}
	work.heap = heap
}

func pushMerge(h []pairMerge, m pairMerge) []pairMerge {
	h = append(h, m)
	i := len(h) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !h[i].before(h[parent]) {
			break
		}
		h[i], h[parent] = h[parent], h[i]
		i = parent
	}
	return h
}

func popMerge(h []pairMerge) (pairMerge, []pairMerge) {
	top := h[0]
	h[0] = h[len(h)-1]
	h = h[:len(h)-1]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h); child++ {
			if h[child].before(h[least]) {
				least = child
			}
		}
		if least == i {
			return top, h
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}
