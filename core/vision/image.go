package vision

import "fmt"

// Image is an 8-bit RGB picture: Pix is [Height, Width, 3], row-major, without
// padding between the rows.
type Image struct {
	Width, Height int
	Pix           []uint8
}

// maxPixels bounds what is made here, whatever the limits of a caller are: the
// pixels take 6 GiB.
const maxPixels = 1 << 31

// NewImage is a black picture. It refuses sizes that are not positive, and
// more than 2^31 pixels.
func NewImage(width, height int) (*Image, error) {
	if width < 1 || height < 1 {
		return nil, fmt.Errorf("a picture of %d×%d pixels has no pixels", width, height)
	}
	if w, h := int64(width), int64(height); w > maxPixels || h > maxPixels || w*h > maxPixels {
		return nil, fmt.Errorf("a picture of %d×%d pixels is too large; at most %d pixels can be held", width, height, int64(maxPixels))
	}
	return &Image{Width: width, Height: height, Pix: make([]uint8, width*height*3)}, nil
}

// valid says whether the fields of a picture agree.
func (m *Image) valid() error {
	switch {
	case m == nil:
		return fmt.Errorf("no picture")
	case m.Width < 1 || m.Height < 1:
		return fmt.Errorf("a picture of %d×%d pixels has no pixels", m.Width, m.Height)
	case int64(len(m.Pix)) != int64(m.Width)*int64(m.Height)*3:
		return fmt.Errorf("a picture of %d×%d pixels has %d bytes, not %d", m.Width, m.Height, len(m.Pix), int64(m.Width)*int64(m.Height)*3)
	}
	return nil
}

// row is row y, [Width, 3].
func (m *Image) row(y int) []uint8 { return m.Pix[y*m.Width*3 : (y+1)*m.Width*3] }
