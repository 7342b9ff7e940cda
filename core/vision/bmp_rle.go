package vision

import "io"

// unpackRLE gives the palette index of every pixel, row by row as stored. What
// the data skip, or leave out at the end, has index 0.
func (d *dib) unpackRLE(data []byte) ([]uint8, error) {
	u := rleReader{data: data, width: d.width, nibbles: d.compression == bmpRLE4}
	// One byte pair makes at most 255 pixels, or skips 255 rows.
	if int64(d.width)*int64(d.height) > int64(len(data)+2)*256*int64(d.width) {
		return nil, io.ErrUnexpectedEOF
	}
	u.out = make([]uint8, d.width*d.height)
	for u.at < len(u.out) {
		done, err := u.step()
		if done || err != nil {
			return u.out, err
		}
	}
	return u.out, nil
}

// rleReader is the state of run-length decoding.
type rleReader struct {
	data    []byte
	out     []uint8
	at      int // the next pixel
	width   int
	nibbles bool // two pixels a byte
}

// take is the next n bytes of data.
func (u *rleReader) take(n int) ([]byte, error) {
	if n > len(u.data) {
		return nil, io.ErrUnexpectedEOF
	}
	b := u.data[:n]
	u.data = u.data[n:]
	return b, nil
}

// step decodes one run or escape and says whether the picture has ended.
func (u *rleReader) step() (done bool, err error) {
	b, err := u.take(2)
	if err != nil {
		return false, err
	}
	if n := int(b[0]); n > 0 {
		// A run does not leave its row.
		n = min(n, u.width-u.at%u.width)
		for i := range n {
			u.put(b[1], i%2 == 1)
		}
		return false, nil
	}
	switch n := int(b[1]); n {
	case 0:
		u.at += (u.width - u.at%u.width) % u.width
	case 1:
		return true, nil
	case 2:
		move, err := u.take(2)
		if err != nil {
			return false, err
		}
		u.at += int(move[0]) + int(move[1])*u.width
	default:
		return false, u.literal(n)
	}
	return false, nil
}

// literal copies n pixels; the data are padded to an even number of bytes.
func (u *rleReader) literal(n int) error {
	size := n
	if u.nibbles {
		size = (n + 1) / 2
	}
	b, err := u.take(size + size%2)
	if err != nil {
		return err
	}
	for i := range n {
		if u.nibbles {
			u.put(b[i/2], i%2 == 1)
		} else {
			u.put(b[i], false)
		}
	}
	return nil
}

// put writes one pixel: a byte, or its high or low half.
func (u *rleReader) put(v uint8, low bool) {
	if u.at >= len(u.out) {
		return
	}
	switch {
	case u.nibbles && low:
		v &= 15
	case u.nibbles:
		v >>= 4
	}
	u.out[u.at] = v
	u.at++
}
