package jpeg

// lookahead is the length of the codes that one look at a table decodes.
const lookahead = 9

// huffman is a table of codes (T.81, annex C).
type huffman struct {
	short   [1 << lookahead]uint16 // length<<8 | symbol; 0 for longer codes
	most    [18]int32              // the largest code of a length, -1 for none
	offset  [17]int32              // what is added to a code to find its symbol
	symbols [256]uint8
}

// huffmanTables reads tables (T.81, B.2.4.2).
func (d *decoder) huffmanTables(s []byte) error {
	for len(s) > 0 {
		if len(s) < 17 {
			return FormatError("has a damaged Huffman table")
		}
		class, id, counts := s[0]>>4, s[0]&15, s[1:17]
		n := 0
		for _, c := range counts {
			n += int(c)
		}
		if class > 1 || id > 3 || n > 256 || len(s) < 17+n {
			return FormatError("has a damaged Huffman table")
		}
		t, err := newHuffman([16]uint8(counts), s[17:17+n], class == 0)
		if err != nil {
			return err
		}
		if class == 0 {
			d.dc[id] = t
		} else {
			d.ac[id] = t
		}
		s = s[17+n:]
	}
	return nil
}

func newHuffman(counts [16]uint8, symbols []uint8, dc bool) (*huffman, error) {
	h := new(huffman)
	copy(h.symbols[:], symbols)
	code, k := int32(0), 0
	for length := 1; length <= 16; length++ {
		n := int(counts[length-1])
		h.most[length] = -1
		if n > 0 {
			h.offset[length] = int32(k) - code
			h.most[length] = code + int32(n) - 1
		}
		for range n {
			if code >= 1<<length {
				return nil, FormatError("has a Huffman table with more codes than fit")
			}
			if dc && symbols[k] > 15 {
				return nil, FormatError("has a Huffman table with impossible values")
			}
			if length <= lookahead {
				first := code << (lookahead - length)
				for i := range int32(1) << (lookahead - length) {
					h.short[first+i] = uint16(length)<<8 | uint16(symbols[k])
				}
			}
			code++
			k++
		}
		code <<= 1
	}
	h.most[17] = 1<<31 - 1 // ends the search in damaged data
	return h, nil
}

// symbol decodes one code. fill must have been called for it.
func (b *bitReader) symbol(h *huffman) uint8 {
	e := h.short[b.acc>>(b.n-lookahead)&(1<<lookahead-1)]
	if e != 0 {
		b.n -= uint(e >> 8)
		return uint8(e)
	}
	length := uint(lookahead + 1)
	code := int32(b.acc >> (b.n - length) & (1<<length - 1))
	for code > h.most[length] {
		length++
		code = int32(b.acc >> (b.n - length) & (1<<length - 1))
	}
	b.n -= length
	if length > 16 {
		return 0 // no such code: damaged data, read as libjpeg reads them
	}
	return h.symbols[uint8(code+h.offset[length])]
}
