package vision

import (
	"bytes"
	"context"
	"io"
	"math"
)

// pnmSpace is white space of the PNM formats.
func pnmSpace(b byte) bool {
	return b == ' ' || b == '\t' || b == '\n' || b == '\r' || b == '\v' || b == '\f' || b == '#'
}

// pnm reads a portable bitmap, graymap or pixmap (netpbm's pbm, pgm, ppm).
type pnm struct {
	data          []byte
	at            int
	kind          byte // '1' to '6'
	width, height int
	most          int // the value of white
}

func pnmHeader(s source) (header, error) {
	b, err := s.at(0, int(min(s.size, 1<<16)))
	if err != nil {
		return header{}, err
	}
	p, err := newPNM(b)
	return header{width: p.width, height: p.height}, err
}

func newPNM(data []byte) (*pnm, error) {
	p := &pnm{data: data, at: 2, kind: data[1], most: 1}
	fields := []*int{&p.width, &p.height, &p.most}
	if p.kind == '1' || p.kind == '4' {
		fields = fields[:2]
	}
	for _, f := range fields {
		v, err := p.number(math.MaxInt32)
		if err != nil {
			return p, err
		}
		*f = v
	}
	if p.most < 1 || p.most > 65535 {
		return p, problemf("its largest value is %d, not 1 to 65535; the file is damaged, save it again as PNG", p.most)
	}
	return p, nil
}

// number reads a decimal number after white space and comments.
func (p *pnm) number(limit int) (int, error) {
	for p.at < len(p.data) && pnmSpace(p.data[p.at]) {
		if p.data[p.at] == '#' {
			end := bytes.IndexAny(p.data[p.at:], "\r\n")
			if end < 0 {
				return 0, io.ErrUnexpectedEOF
			}
			p.at += end
			continue
		}
		p.at++
	}
	start, v := p.at, 0
	for ; p.at < len(p.data) && p.data[p.at] >= '0' && p.data[p.at] <= '9'; p.at++ {
		v = 10*v + int(p.data[p.at]-'0')
		if v > limit {
			return 0, problemf("a number is larger than %d; the file is damaged, save it again as PNG", limit)
		}
	}
	if p.at == len(p.data) && start == p.at {
		return 0, io.ErrUnexpectedEOF
	}
	if start == p.at {
		return 0, problemf("byte %d is no number; the file is damaged, save it again as PNG", start)
	}
	return v, nil
}

func decodePNM(ctx context.Context, data []byte) (*raster, error) {
	p, err := newPNM(data)
	if err != nil {
		return nil, err
	}
	channels := 1
	if p.kind == '3' || p.kind == '6' {
		channels = 3
	}
	if p.kind >= '4' {
		p.at++ // one white space, then the pixels
	}
	if err := p.enough(channels); err != nil {
		return nil, err
	}
	r := newRaster(p.width, p.height, false)
	for y := range p.height {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for x := range p.width {
			for c := range channels {
				v, err := p.sample(x)
				if err != nil {
					return nil, err
				}
				i := 3 * (y*p.width + x)
				r.rgb[i+c] = v
				if channels == 1 {
					r.rgb[i+1], r.rgb[i+2] = v, v
				}
			}
		}
		if p.kind == '4' {
			p.at += (p.width + 7) / 8
		}
	}
	return r, nil
}

// enough compares the size of the picture with that of the file.
func (p *pnm) enough(channels int) error {
	need := int64(p.width) * int64(p.height) * int64(channels)
	switch {
	case p.kind == '4':
		need = int64(p.width+7) / 8 * int64(p.height)
	case p.kind > '4' && p.most > 255:
		need *= 2
	}
	if need > int64(len(p.data)-p.at) {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// sample reads one value as a byte; x is its column in a bitmap.
func (p *pnm) sample(x int) (uint8, error) {
	var v int
	switch {
	case p.kind == '1':
		return p.bit()
	case p.kind == '4':
		return 255 * (1 ^ p.data[p.at+x/8]>>(7-x%8)&1), nil
	case p.kind < '4':
		var err error
		if v, err = p.number(p.most); err != nil {
			return 0, err
		}
	case p.most > 255:
		v = int(p.data[p.at])<<8 | int(p.data[p.at+1])
		p.at += 2
	default:
		v = int(p.data[p.at])
		p.at++
	}
	if p.most == 255 {
		return uint8(v), nil
	}
	white := 255.0
	if p.most > 255 && (p.kind == '2' || p.kind == '5') {
		white = 65535 // Pillow's grey of more than 8 bits, which it then clips
	}
	return uint8(min(math.RoundToEven(float64(v)/float64(p.most)*white), 255)), nil
}

// bit reads a digit of a plain bitmap, where 1 is black.
func (p *pnm) bit() (uint8, error) {
	for p.at < len(p.data) {
		b := p.data[p.at]
		p.at++
		switch {
		case b == '0':
			return 255, nil
		case b == '1':
			return 0, nil
		case b == '#':
			for p.at < len(p.data) && p.data[p.at] != '\n' {
				p.at++
			}
		case !pnmSpace(b):
			return 0, problemf("byte %d is neither 0 nor 1; the file is damaged, save it again as PNG", p.at-1)
		}
	}
	return 0, io.ErrUnexpectedEOF
}
