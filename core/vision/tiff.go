package vision

import (
	"bytes"
	"context"
	"slices"
)

// tiffImage is the layout of the first picture of a TIFF file.
type tiffImage struct {
	*directory
	width, height int
	bits          int // of every sample
	samples       int // of a pixel, extra ones included
	photometric   uint32
	compression   uint32
	predictor     uint32
	separate      bool // a plane for each sample
	extra         []uint32

	chunkWidth, chunkHeight int // of a tile or strip
	tiled                   bool
	offsets, counts         []uint32
}

// Photometric interpretations and compressions that are read.
const (
	whiteIsZero = 0
	blackIsZero = 1
	tiffRGB     = 2
	tiffPalette = 3
	tiffCMYK    = 5
	tiffYCbCr   = 6

	tiffRaw        = 1
	tiffG3         = 3
	tiffG4         = 4
	tiffLZW        = 5
	tiffJPEG       = 7
	tiffDeflate    = 8
	tiffDeflateOld = 32946
	tiffPackBits   = 32773
)

// tiffHeader reads the size. The orientation is applied as in the other
// formats; Pillow does so on loading.
func tiffHeader(s source) (header, error) {
	d, err := openDirectory(s)
	if err != nil {
		return header{}, err
	}
	w, h := d.or(tagWidth, 0), d.or(tagHeight, 0)
	if w > 1<<31-1 || h > 1<<31-1 {
		return header{}, problemf("the header says %d×%d pixels; the file is damaged, copy or download it again", w, h)
	}
	return header{int(w), int(h), int(min(d.or(tagOrientation, 0), 9))}, nil
}

func decodeTIFF(ctx context.Context, data []byte) (*raster, error) {
	t, err := openTIFF(source{bytes.NewReader(data), int64(len(data))})
	if err != nil {
		return nil, err
	}
	samples, err := t.readSamples(ctx, data)
	if err != nil {
		return nil, err
	}
	return t.colours(ctx, samples)
}

// openTIFF reads the layout and refuses by name what is not implemented.
func openTIFF(s source) (*tiffImage, error) {
	d, err := openDirectory(s)
	if err != nil {
		return nil, err
	}
	t := &tiffImage{
		directory: d, width: int(d.or(tagWidth, 0)), height: int(d.or(tagHeight, 0)),
		samples: int(d.or(tagSamples, 1)), compression: d.or(tagCompression, tiffRaw), predictor: d.or(tagPredictor, 1),
		separate: d.or(tagPlanar, 1) == 2,
	}
	photometric, ok := d.number(tagPhotometric)
	if !ok {
		return nil, problemf("does not say what its values mean (tag 262); save it again as PNG")
	}
	t.photometric = photometric
	if t.extra, err = d.numbers(tagExtraSamples, 16); err != nil {
		return nil, err
	}
	if err := t.readBits(); err != nil {
		return nil, err
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	return t, t.readChunks()
}

// readBits wants every sample to have the same number of bits.
func (t *tiffImage) readBits() error {
	if t.samples < 1 || t.samples > 6 {
		return problemf("has %d samples a pixel, which is not implemented; save it again as PNG", t.samples)
	}
	bits, err := t.numbers(tagBits, 16)
	if err != nil {
		return err
	}
	t.bits = 1
	if len(bits) > 0 {
		t.bits = int(bits[0])
	}
	for _, b := range bits[:min(len(bits), t.samples)] {
		if int(b) != t.bits {
			return problemf("has samples of %v bits, which is not implemented; save it again as PNG", bits)
		}
	}
	return nil
}

func (t *tiffImage) check() error {
	if format := t.or(tagSampleFormat, 1); format != 1 {
		return problemf("has samples that are not unsigned integers (sample format %d), which is not implemented; save it again as 8-bit PNG", format)
	}
	switch t.compression {
	case tiffRaw, tiffG3, tiffG4, tiffLZW, tiffJPEG, tiffDeflate, tiffDeflateOld, tiffPackBits:
	default:
		return problemf("has compression %d, which is not implemented; save it again as PNG", t.compression)
	}
	if t.compression == tiffG3 && t.or(tagT4Options, 0)&1 != 0 {
		return problemf("has two-dimensional Group 3 compression, which is not implemented; save it again as PNG")
	}
	if (t.compression == tiffG3 || t.compression == tiffG4) && (t.bits != 1 || t.samples != 1) {
		return problemf("has fax compression of %d samples of %d bits; the file is damaged, save it again as PNG", t.samples, t.bits)
	}
	if t.predictor != 1 && (t.predictor != 2 || t.bits < 8) {
		return problemf("has predictor %d with %d bits, which is not implemented; save it again as PNG", t.predictor, t.bits)
	}
	return t.checkColours()
}

// checkColours refuses kinds of pixels that are not implemented.
func (t *tiffImage) checkColours() error {
	kinds := map[uint32]struct {
		name    string
		samples int
		bits    []int
	}{
		whiteIsZero: {"grey", 1, []int{1, 2, 4, 8, 16}}, blackIsZero: {"grey", 1, []int{1, 2, 4, 8, 16}}, tiffRGB: {"RGB", 3, []int{8, 16}},
		tiffPalette: {"a palette", 1, []int{1, 2, 4, 8}}, tiffCMYK: {"CMYK", 4, []int{8, 16}}, tiffYCbCr: {"YCbCr", 3, []int{8}},
	}
	k, ok := kinds[t.photometric]
	if !ok || t.photometric == tiffYCbCr && t.compression != tiffJPEG {
		return problemf("has pixels of kind %d without JPEG compression, which is not implemented; save it again as PNG", t.photometric)
	}
	if t.samples < k.samples || t.samples > k.samples+3 || !slices.Contains(k.bits, t.bits) {
		return problemf("has %s of %d samples of %d bits, which is not implemented; save it again as PNG", k.name, t.samples, t.bits)
	}
	if t.compression == tiffJPEG && (t.bits != 8 || t.separate || t.samples != 1 && t.samples != 3 || t.photometric == tiffPalette) {
		return problemf("has JPEG compression of %d samples of %d bits, which is not implemented; save it again as PNG", t.samples, t.bits)
	}
	if ink := t.or(tagInkSet, 1); t.photometric == tiffCMYK && ink != 1 {
		return problemf("has other inks than CMYK, which is not implemented; save it again as PNG")
	}
	return nil
}

// readChunks reads where strips or tiles lie.
func (t *tiffImage) readChunks() error {
	offsets, counts := uint16(tagStripOffsets), uint16(tagStripBytes)
	t.chunkWidth, t.chunkHeight = t.width, t.height
	if w, ok := t.number(tagTileWidth); ok {
		offsets, counts, t.tiled = tagTileOffsets, tagTileBytes, true
		h := t.or(tagTileHeight, 0)
		// A tile may be larger than a small picture, within reason.
		if w < 8 || h < 8 || int64(w) > int64(t.width)+4096 || int64(h) > int64(t.height)+4096 {
			return problemf("has tiles of %d×%d pixels; the file is damaged, save it again as PNG", w, h)
		}
		t.chunkWidth, t.chunkHeight = int(w), int(h)
	} else if rows := t.or(tagRowsPerStrip, 0); rows > 0 {
		t.chunkHeight = int(min(int64(rows), int64(t.height)))
	}
	n := int64(t.across()) * int64(t.down())
	if t.separate {
		n *= int64(t.samples)
	}
	// Each chunk has an entry of at least two bytes in the file.
	if n > t.s.size {
		return problemf("has %d strips or tiles, more than the file can hold; it is truncated, copy or download it again", n)
	}
	// Some writers put more entries than there are strips.
	const spare = 1024
	var err error
	if t.offsets, err = t.numbers(offsets, int(n)+spare); err != nil {
		return err
	}
	if t.counts, err = t.numbers(counts, int(n)+spare); err != nil {
		return err
	}
	if t.counts == nil && n == 1 && len(t.offsets) == 1 {
		t.counts = []uint32{uint32(max(t.s.size-int64(t.offsets[0]), 0))}
	}
	if int64(len(t.offsets)) < n || int64(len(t.counts)) < n {
		return problemf("says where %d strips or tiles are, of %d; the file is damaged, save it again as PNG", min(len(t.offsets), len(t.counts)), n)
	}
	return nil
}

// across and down count the chunks.
func (t *tiffImage) across() int { return (t.width + t.chunkWidth - 1) / t.chunkWidth }
func (t *tiffImage) down() int   { return (t.height + t.chunkHeight - 1) / t.chunkHeight }
