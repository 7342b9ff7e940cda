package vision

import (
	"context"
	"fmt"
	"io"
)

// Info is what a picture file's header says.
type Info struct {
	Format Format
	// Width and Height are those of the opened picture: upright.
	Width, Height int
	// Orientation is the EXIF value that Open applies, 1 to 8; 1 when the
	// file has none or an invalid one.
	Orientation int
}

// Probe reads a file's header and decodes nothing. Its errors are those that
// Open would give for the same header, without limits on the size.
func Probe(path string) (Info, error) {
	f, size, err := openFile(path)
	if err != nil {
		return Info{}, err
	}
	defer func() { _ = f.Close() }()
	return probe(path, source{&window{r: f}, size})
}

// source is a file of known size. Its reads never allocate more than asked.
type source struct {
	r    io.ReaderAt
	size int64
}

// at reads n bytes at an offset; less than n is io.ErrUnexpectedEOF.
func (s source) at(off int64, n int) ([]byte, error) {
	if n < 0 || off < 0 || off > s.size || int64(n) > s.size-off {
		return nil, io.ErrUnexpectedEOF
	}
	b := make([]byte, n)
	if got, err := s.r.ReadAt(b, off); got < n {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF // the file became shorter
		}
		return nil, err
	}
	return b, nil
}

// window reads a file in pages, because headers are read in small steps. It is
// for one goroutine.
type window struct {
	r    io.ReaderAt
	at   int64
	page []byte
}

// pageBytes is the size of a page.
const pageBytes = 1 << 15

func (w *window) ReadAt(b []byte, off int64) (int, error) {
	if len(b) > pageBytes {
		return w.r.ReadAt(b, off)
	}
	if off < w.at || off+int64(len(b)) > w.at+int64(len(w.page)) {
		page := make([]byte, pageBytes)
		n, err := w.r.ReadAt(page, off)
		if err != nil && err != io.EOF {
			return 0, err
		}
		w.at, w.page = off, page[:n]
	}
	n := copy(b, w.page[off-w.at:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// maxSteps bounds the walk over a file's chunks or markers: far more than any
// writer makes.
const maxSteps = 1 << 20

// errSteps ends a walk that makes no progress.
func errSteps() error {
	return problemf("has more than %d parts before its pixels; the file is damaged, save it again as PNG", maxSteps)
}

// inspect is probe within limits.
func inspect(name string, s source, lim Limits) (Info, error) {
	if s.size > lim.MaxBytes {
		return Info{}, fmt.Errorf("%s: the file has %d bytes, more than the limit of %d; make the picture smaller", name, s.size, lim.MaxBytes)
	}
	info, err := probe(name, s)
	if err != nil {
		return Info{}, err
	}
	if pixels := int64(info.Width) * int64(info.Height); pixels > lim.MaxPixels {
		return Info{}, fmt.Errorf("%s: the picture has %d×%d = %d pixels, more than the limit of %d; make it smaller", name, info.Width, info.Height, pixels, lim.MaxPixels)
	}
	return info, nil
}

func probe(name string, s source) (Info, error) {
	head, err := s.at(0, int(min(s.size, sniffBytes)))
	if err != nil {
		return Info{}, fmt.Errorf("%s: %w", name, err)
	}
	format, err := sniff(head)
	if err != nil {
		return Info{}, fmt.Errorf("%s: %w", name, err)
	}
	h, err := format.header(s)
	if err == nil && (h.width < 1 || h.height < 1) {
		err = problemf("the header says %d×%d pixels; the file is damaged, copy or download it again", h.width, h.height)
	}
	if err != nil {
		return Info{}, fmt.Errorf("%s: %s: %w", name, format, advised(format, err))
	}
	info := Info{Format: format, Width: h.width, Height: h.height, Orientation: 1}
	if h.orientation >= 2 && h.orientation <= 8 {
		info.Orientation = h.orientation
	}
	if turned(info.Orientation) {
		info.Width, info.Height = h.height, h.width
	}
	return info, nil
}

// header is what a format's own header reader finds.
type header struct {
	width, height int // as stored
	orientation   int // 0 if there is none
}

func (f Format) header(s source) (header, error) {
	switch f {
	case JPEG:
		return jpegHeader(s)
	case PNG:
		return pngHeader(s)
	case GIF:
		return gifHeader(s)
	case BMP:
		return bmpProbe(s)
	case TIFF:
		return tiffHeader(s)
	case WebP:
		return webpHeader(s)
	case PNM:
		return pnmHeader(s)
	case ICO:
		return icoHeader(s)
	}
	return header{}, fmt.Errorf("no decoder")
}

func (f Format) decode(ctx context.Context, data []byte) (*raster, error) {
	switch f {
	case JPEG:
		return decodeJPEG(ctx, data)
	case PNG:
		return decodePNG(ctx, data)
	case GIF:
		return decodeGIF(ctx, data)
	case BMP:
		return decodeBMP(ctx, data)
	case TIFF:
		return decodeTIFF(ctx, data)
	case WebP:
		return decodeWebP(ctx, data)
	case PNM:
		return decodePNM(ctx, data)
	case ICO:
		return decodeICO(ctx, data)
	}
	return nil, fmt.Errorf("no decoder")
}
