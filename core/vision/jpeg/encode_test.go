package jpeg

import (
	"encoding/binary"
	"math/rand/v2"
)

// made is a picture by its coefficients, to be written in several ways.
type made struct {
	width, height int
	comps         []madeComponent
}

type madeComponent struct {
	h, v         int
	across, down int // padded to whole MCUs
	width        int // blocks that a scan of this component alone has
	height       int
	blocks       [][64]int32 // zigzag order
}

// randomPicture has sparse coefficients of plausible sizes.
func randomPicture(r *rand.Rand, width, height int, sampling ...[2]int) *made {
	m := &made{width: width, height: height}
	hMax, vMax := 1, 1
	for _, s := range sampling {
		hMax, vMax = max(hMax, s[0]), max(vMax, s[1])
	}
	for _, s := range sampling {
		c := madeComponent{h: s[0], v: s[1]}
		c.across, c.down = ceil(width, 8*hMax)*c.h, ceil(height, 8*vMax)*c.v
		c.width, c.height = ceil(ceil(width*c.h, hMax), 8), ceil(ceil(height*c.v, vMax), 8)
		c.blocks = make([][64]int32, c.across*c.down)
		for y := range c.height {
			for x := range c.width {
				b := &c.blocks[y*c.across+x]
				b[0] = r.Int32N(400) - 200
				for range r.IntN(14) {
					b[1+r.IntN(63)] = r.Int32N(1<<r.IntN(8)) - 20
				}
			}
		}
		m.comps = append(m.comps, c)
	}
	return m
}

// file writes the headers; scans appends the scans.
func (m *made) file(sof byte, restart int, scans func(w *bitWriter)) []byte {
	out := []byte{0xff, soi, 0xff, dqt, 0, 67, 0}
	for i := range 64 {
		out = append(out, byte(1+i/8))
	}
	head := []byte{8, byte(m.height >> 8), byte(m.height), byte(m.width >> 8), byte(m.width), byte(len(m.comps))}
	for i, c := range m.comps {
		head = append(head, byte(i+1), byte(c.h<<4|c.v), 0)
	}
	out = segment(out, sof, head)
	// One table for all: 254 codes of 8 bits, then two of 9.
	for class := range 2 {
		table := []byte{byte(class << 4), 0, 0, 0, 0, 0, 0, 0, 254, 2, 0, 0, 0, 0, 0, 0, 0}
		for i := range 256 {
			if class == 0 {
				i %= 16
			}
			table = append(table, byte(i))
		}
		out = segment(out, dht, table)
	}
	if restart > 0 {
		out = segment(out, dri, []byte{byte(restart >> 8), byte(restart)})
	}
	w := &bitWriter{out: out, restart: restart}
	scans(w)
	return append(w.out, 0xff, eoi)
}

func segment(out []byte, marker byte, content []byte) []byte {
	out = binary.BigEndian.AppendUint16(append(out, 0xff, marker), uint16(len(content)+2))
	return append(out, content...)
}

// bitWriter writes entropy-coded data.
type bitWriter struct {
	out     []byte
	acc     uint64
	n       uint
	restart int
	units   int // MCUs since the last marker
	number  byte
}

func (w *bitWriter) bits(v uint32, n uint) {
	for ; n > 0; n-- {
		w.acc, w.n = w.acc<<1|uint64(v>>(n-1)&1), w.n+1
		if w.n == 8 {
			w.out = append(w.out, byte(w.acc))
			if byte(w.acc) == 0xff {
				w.out = append(w.out, 0)
			}
			w.acc, w.n = 0, 0
		}
	}
}

func (w *bitWriter) flush() {
	for w.n > 0 {
		w.bits(1, 1)
	}
}

func (w *bitWriter) symbol(s int) {
	if s < 254 {
		w.bits(uint32(s), 8)
		return
	}
	w.bits(254<<1+uint32(s-254), 9)
}

// value writes the bits that follow a size.
func (w *bitWriter) value(v int32, size uint) {
	if v < 0 {
		v += 1<<size - 1
	}
	w.bits(uint32(v), size)
}

func sizeOf(v int32) (n uint) {
	for v = max(v, -v); v > 0; v >>= 1 {
		n++
	}
	return n
}

// scan writes a header and then each block; unit begins an MCU.
func (m *made) scan(w *bitWriter, comps []int, start, end, high, low int, block func(c int, b *[64]int32, last *int32)) {
	head := []byte{byte(len(comps))}
	for _, c := range comps {
		head = append(head, byte(c+1), 0)
	}
	w.out = segment(w.out, sos, append(head, byte(start), byte(end), byte(high<<4|low)))
	w.units, w.number = 0, 0
	last := make([]int32, len(m.comps))
	unit := func(draw func()) {
		if w.restart > 0 && w.units == w.restart {
			w.flush()
			w.out = append(w.out, 0xff, rst0+w.number)
			w.number, w.units = (w.number+1)&7, 0
			clear(last)
		}
		draw()
		w.units++
	}
	if len(comps) == 1 {
		c := &m.comps[comps[0]]
		for i := range c.width * c.height {
			unit(func() { block(comps[0], &c.blocks[i/c.width*c.across+i%c.width], &last[comps[0]]) })
		}
	} else {
		across, down := m.comps[0].across/m.comps[0].h, m.comps[0].down/m.comps[0].v
		for i := range across * down {
			unit(func() {
				for _, k := range comps {
					c := &m.comps[k]
					for b := range c.h * c.v {
						block(k, &c.blocks[(i/across*c.v+b/c.h)*c.across+i%across*c.h+b%c.h], &last[k])
					}
				}
			})
		}
	}
	w.flush()
}

func (m *made) all() (comps []int) {
	for i := range m.comps {
		comps = append(comps, i)
	}
	return comps
}

func (w *bitWriter) dc(v int32, last *int32) {
	d := v - *last
	*last = v
	w.symbol(int(sizeOf(d)))
	w.value(d, sizeOf(d))
}

// ac writes coefficients start to end, shifted, without refinement.
func (w *bitWriter) ac(b *[64]int32, start, end, low int) {
	run := 0
	for k := start; k <= end; k++ {
		v := shifted(b[k], low)
		if v == 0 {
			run++
			continue
		}
		for ; run > 15; run -= 16 {
			w.symbol(0xf0)
		}
		w.symbol(run<<4 | int(sizeOf(v)))
		w.value(v, sizeOf(v))
		run = 0
	}
	if run > 0 {
		w.symbol(0)
	}
}

// shifted divides towards zero.
func shifted(v int32, low int) int32 {
	if v < 0 {
		return -(-v >> low)
	}
	return v >> low
}

// refine writes one more bit of coefficients start to end.
func (w *bitWriter) refine(b *[64]int32, start, end, low int) {
	final := start - 1 // the last coefficient that becomes one
	for k := start; k <= end; k++ {
		if v := shifted(b[k], low); v == 1 || v == -1 {
			final = k
		}
	}
	run := 0
	var corrections []uint32
	emit := func() {
		for _, c := range corrections {
			w.bits(c, 1)
		}
		corrections = corrections[:0]
	}
	for k := start; k <= end; k++ {
		v := shifted(b[k], low)
		if v == 0 {
			run++
			continue
		}
		for ; run > 15 && k <= final; run -= 16 {
			w.symbol(0xf0)
			emit()
		}
		if v > 1 || v < -1 {
			corrections = append(corrections, uint32(max(v, -v)&1))
			continue
		}
		w.symbol(run<<4 | 1)
		w.bits(uint32((v+1)/2), 1)
		emit()
		run = 0
	}
	if run > 0 || len(corrections) > 0 {
		w.symbol(0)
		emit()
	}
}

func (m *made) baseline(restart int, interleaved bool) []byte {
	return m.file(sof0, restart, func(w *bitWriter) {
		block := func(c int, b *[64]int32, last *int32) {
			w.dc(b[0], last)
			w.ac(b, 1, 63, 0)
		}
		if interleaved {
			m.scan(w, m.all(), 0, 63, 0, 0, block)
			return
		}
		for c := range m.comps {
			m.scan(w, []int{c}, 0, 63, 0, 0, block)
		}
	})
}

func (m *made) progressive(restart int) []byte {
	return m.file(sof2, restart, func(w *bitWriter) {
		m.scan(w, m.all(), 0, 0, 0, 1, func(c int, b *[64]int32, last *int32) { w.dc(b[0]>>1, last) })
		for c := range m.comps {
			m.scan(w, []int{c}, 1, 5, 0, 2, func(c int, b *[64]int32, last *int32) { w.ac(b, 1, 5, 2) })
			m.scan(w, []int{c}, 6, 63, 0, 2, func(c int, b *[64]int32, last *int32) { w.ac(b, 6, 63, 2) })
		}
		for low := 1; low >= 0; low-- {
			for c := range m.comps {
				m.scan(w, []int{c}, 1, 63, low+1, low, func(c int, b *[64]int32, last *int32) { w.refine(b, 1, 63, low) })
			}
		}
		m.scan(w, m.all(), 0, 0, 1, 0, func(c int, b *[64]int32, last *int32) { w.bits(uint32(b[0]&1), 1) })
	})
}
