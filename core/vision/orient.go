package vision

import "context"

// oriented turns a picture upright by an EXIF orientation; values outside 2–8
// leave it as it is.
func oriented(ctx context.Context, img *Image, orientation int) *Image {
	if orientation < 2 || orientation > 8 {
		return img
	}
	out := &Image{Width: img.Width, Height: img.Height, Pix: make([]uint8, len(img.Pix))}
	if turned(orientation) {
		out.Width, out.Height = img.Height, img.Width
	}
	// Where the output's first pixel is in the source, and how far a step to
	// the right and a step down go there, in bytes.
	right, down := 3, 3*img.Width
	lastX, lastY := 3*(img.Width-1), 3*img.Width*(img.Height-1)
	var start, dx, dy int
	switch orientation {
	case 2:
		start, dx, dy = lastX, -right, down
	case 3:
		start, dx, dy = lastX+lastY, -right, -down
	case 4:
		start, dx, dy = lastY, right, -down
	case 5:
		start, dx, dy = 0, down, right
	case 6:
		start, dx, dy = lastY, -down, right
	case 7:
		start, dx, dy = lastX+lastY, -down, -right
	case 8:
		start, dx, dy = lastX, down, -right
	}
	eachRow(ctx, out.Height, func(y int) {
		at := start + y*dy
		row := out.row(y)
		for x := 0; x < len(row); x += 3 {
			copy(row[x:x+3], img.Pix[at:at+3])
			at += dx
		}
	})
	return out
}

// turned says whether an orientation exchanges width and height.
func turned(orientation int) bool { return orientation >= 5 && orientation <= 8 }
