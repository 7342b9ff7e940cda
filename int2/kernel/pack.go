package kernel

// setCodes writes the codes of row r, a block at a time, where place has them.
func (w *Weights) setCodes(r int, codes []uint8) {
	first, tiles := w.strip(r / tileRows)
	at := (first*w.blocks+r/tileRows-first)*w.blockBytes() + 4*(r%tileRows)
	var b [blockCols]uint8
	for len(codes) > 0 {
		n := copy(b[:], codes)
		clear(b[n:])
		codes = codes[n:]
		lane := w.codes[at:]
		for j := range 4 {
			switch w.bits {
			case 2:
				lane[j] = b[j] | b[4+j]<<2 | b[8+j]<<4 | b[12+j]<<6
			case 4:
				lane[j], lane[vector+j] = b[j]|b[4+j]<<4, b[8+j]|b[12+j]<<4
			default:
				lane[j], lane[vector+j], lane[2*vector+j], lane[3*vector+j] = b[j], b[4+j], b[8+j], b[12+j]
			}
		}
		at += tiles * w.blockBytes()
	}
}
