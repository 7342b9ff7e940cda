// Package jpeg decodes JPEG pictures to the very bytes that libjpeg-turbo (and
// so Pillow) gives: the accurate integer inverse DCT ("islow"), "fancy"
// chroma upsampling, and its fixed-point colour conversion. Go's image/jpeg
// differs by one level in 2 % of the samples before upsampling, and by up to
// a whole contrast step at the edges of colours after it; a model's tiles
// would not be the published library's.
//
// Baseline, extended and progressive Huffman coding with 8-bit samples are
// read, in one, three or four components. Arithmetic coding, lossless and
// hierarchical modes and 12-bit samples are refused by name. Damaged entropy
// data decode as in libjpeg: a marker amid the data leaves the rest of its
// segment grey. A file that ends before its end marker is an error.
package jpeg

import (
	"context"
	"fmt"
	"io"
)

// Picture is a decoded JPEG: Pix is [Height, Width, Channels], row-major.
// One channel is grey, three are RGB, four are CMYK with the values as stored
// (Adobe's programs store them inverted).
type Picture struct {
	Width, Height, Channels int
	Pix                     []uint8
}

// Colour says what three components are.
type Colour int

const (
	// Marked follows the file's markers and component names.
	Marked Colour = iota
	// YCbCr and RGB are for containers that say it themselves.
	YCbCr
	RGB
)

// An UnsupportedError names a feature that is not implemented.
type UnsupportedError string

func (e UnsupportedError) Error() string { return string(e) + " is not implemented" }

// A FormatError says what is wrong with the file.
type FormatError string

func (e FormatError) Error() string { return string(e) }

func formatf(format string, args ...any) error { return FormatError(fmt.Sprintf(format, args...)) }

// Decode decodes a whole file. The caller has judged the size in the header;
// memory is proportional to it. Errors are UnsupportedError, FormatError,
// io.ErrUnexpectedEOF for a truncated file, and the context's.
func Decode(ctx context.Context, data []byte, colour Colour) (*Picture, error) {
	d := &decoder{ctx: ctx, data: data}
	if err := d.readAll(); err != nil {
		return nil, err
	}
	if d.progressive {
		if err := d.reconstruct(); err != nil {
			return nil, err
		}
	}
	return d.picture(colour)
}

// decoder is the state of one file.
type decoder struct {
	ctx  context.Context
	data []byte
	at   int

	width, height int
	hMax, vMax    int
	progressive   bool
	comps         []component
	scans         int

	quant   [4]*[64]uint16 // in natural order
	dc, ac  [4]*huffman
	restart int // MCUs between restart markers, 0 for none

	jfif      bool
	adobe     bool
	transform uint8 // Adobe's colour transform

	bits bitReader
}

// component is one plane of the picture.
type component struct {
	id, tq        uint8
	h, v          int // sampling factors
	width, height int // in samples, without padding
	across, down  int // in blocks, padded to whole MCUs

	quant *[64]uint16 // as it was at the component's first scan
	plane []uint8     // [8·down, 8·across]
	coefs []int16     // [down, across, 64] in natural order, progressive only

	dc, ac *huffman // of the current scan
	last   int32    // DC prediction
}

func (c *component) stride() int { return 8 * c.across }

// Markers (ITU-T T.81, table B.1).
const (
	sof0 = 0xc0
	sof1 = 0xc1
	sof2 = 0xc2
	dht  = 0xc4
	jpg  = 0xc8
	dac  = 0xcc
	rst0 = 0xd0
	rst7 = 0xd7
	soi  = 0xd8
	eoi  = 0xd9
	sos  = 0xda
	dqt  = 0xdb
	dri  = 0xdd
	app0 = 0xe0
	appE = 0xee
)

// readAll reads every marker up to the end of the image.
func (d *decoder) readAll() error {
	if len(d.data) < 2 || d.data[0] != 0xff || d.data[1] != soi {
		return FormatError("does not begin as a JPEG does")
	}
	d.at = 2
	for {
		m, err := d.nextMarker()
		if err != nil {
			return err
		}
		switch {
		case m == eoi:
			if d.scans == 0 {
				return FormatError("ends before its first scan")
			}
			return nil
		case m == 0x01 || m >= rst0 && m <= rst7:
			continue
		case m == soi:
			return FormatError("begins a second picture inside the first")
		}
		segment, err := d.segment()
		if err != nil {
			return err
		}
		if err := d.marker(m, segment); err != nil {
			return err
		}
	}
}

// nextMarker skips what is no marker.
func (d *decoder) nextMarker() (byte, error) {
	for d.at+1 < len(d.data) {
		if d.data[d.at] != 0xff {
			d.at++
			continue
		}
		m := d.data[d.at+1]
		d.at++
		if m != 0 && m != 0xff {
			d.at++
			return m, nil
		}
	}
	return 0, io.ErrUnexpectedEOF
}

// segment is the content that follows a marker.
func (d *decoder) segment() ([]byte, error) {
	if d.at+2 > len(d.data) {
		return nil, io.ErrUnexpectedEOF
	}
	n := int(d.data[d.at])<<8 | int(d.data[d.at+1])
	if n < 2 {
		return nil, FormatError("has a segment of a length below 2")
	}
	if d.at+n > len(d.data) {
		return nil, io.ErrUnexpectedEOF
	}
	s := d.data[d.at+2 : d.at+n]
	d.at += n
	return s, nil
}

func (d *decoder) marker(m byte, s []byte) error {
	switch m {
	case sof0, sof1, sof2:
		d.progressive = m == sof2
		return d.frame(s)
	case dht:
		return d.huffmanTables(s)
	case dqt:
		return d.quantTables(s)
	case sos:
		return d.scan(s)
	case dri:
		if len(s) != 2 {
			return FormatError("has a restart interval of a wrong length")
		}
		d.restart = int(s[0])<<8 | int(s[1])
	case app0:
		d.jfif = d.jfif || len(s) >= 5 && string(s[:5]) == "JFIF\x00"
	case appE:
		if len(s) >= 12 && string(s[:5]) == "Adobe" {
			d.adobe, d.transform = true, s[11]
		}
	case 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf:
		return UnsupportedError("arithmetic coding")
	case 0xc3, 0xc5, 0xc6, 0xc7:
		return UnsupportedError("lossless or hierarchical coding")
	case jpg:
		return UnsupportedError("an extension of JPEG")
	}
	return nil
}
