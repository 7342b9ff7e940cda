package jpeg

// bitReader reads entropy-coded bits. At a marker, or where the data end, it
// gives zeros.
type bitReader struct {
	data []byte
	at   int
	acc  uint64 // the lowest n bits are unread
	n    uint
	// padding counts the zeros that stand behind the data in acc.
	padding uint
	// marker: a marker stands at data[at:]. ended: the data end there.
	marker, ended bool
}

// fill makes at least 48 bits available: enough for a code of 17 bits and the
// 16 bits that may follow it.
func (b *bitReader) fill() {
	if b.n >= 48 {
		return
	}
	for b.n <= 56 {
		if b.marker || b.ended {
			b.pad()
			return
		}
		b.next()
	}
}

// next takes one byte.
func (b *bitReader) next() {
	if b.at >= len(b.data) {
		b.ended = true
		return
	}
	v := b.data[b.at]
	if v == 0xff {
		// Any number of 0xff may stand before the zero that makes it a byte.
		zero := b.at + 1
		for zero < len(b.data) && b.data[zero] == 0xff {
			zero++
		}
		if zero >= len(b.data) {
			b.ended = true
			return
		}
		if b.data[zero] != 0 {
			b.marker = true
			return
		}
		b.at = zero
	}
	b.at++
	b.acc = b.acc<<8 | uint64(v)
	b.n += 8
}

func (b *bitReader) pad() {
	if b.n < 56 {
		b.acc <<= 56 - b.n
		b.padding += 56 - b.n
		b.n = 56
	}
}

// dry says whether more bits were taken than the data have: the rest of the
// segment is left out.
func (b *bitReader) dry() bool { return b.n < b.padding }

// take reads k bits; fill must have been called for them.
func (b *bitReader) take(k uint) int32 {
	b.n -= k
	return int32(b.acc >> b.n & (1<<k - 1))
}

// extended reads a value of k bits with its sign (T.81, F.2.2.1).
func (b *bitReader) extended(k uint) int32 {
	v := b.take(k)
	if v < 1<<k>>1 {
		v += -1<<k + 1
	}
	return v
}

// drop forgets the bits that are left.
func (b *bitReader) drop() { b.acc, b.n, b.padding = 0, 0, 0 }
