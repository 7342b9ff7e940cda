package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
)

// The size of the bundled picture.
const (
	pictureWidth  = 192
	pictureHeight = 128
)

// picture draws a house under the sun, to have something to ask about.
func picture() ([]byte, error) {
	img := image.NewRGBA(image.Rect(0, 0, pictureWidth, pictureHeight))
	for y := range pictureHeight {
		for x := range pictureWidth {
			img.Set(x, y, scene(x, y))
		}
	}
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img)
	return b.Bytes(), err
}

// scene is the colour at a point.
func scene(x, y int) color.Color {
	within := func(left, top, right, bottom int) bool { return x >= left && x < right && y >= top && y < bottom }
	disc := func(cx, cy, r int) bool { return (x-cx)*(x-cx)+(y-cy)*(y-cy) < r*r }
	switch {
	case within(84, 84, 98, 110):
		return color.RGBA{96, 56, 32, 255} // door
	case within(66, 78, 78, 90), within(104, 78, 116, 90):
		return color.RGBA{250, 236, 150, 255} // windows
	case within(58, 66, 124, 110):
		return color.RGBA{206, 92, 72, 255} // walls
	case y >= 36 && y < 66 && x >= 91-(y-36)*40/30 && x < 91+(y-36)*40/30:
		return color.RGBA{104, 64, 76, 255} // roof
	case within(152, 78, 158, 106):
		return color.RGBA{110, 76, 44, 255} // trunk
	case disc(155, 66, 20):
		return color.RGBA{44, 120, 62, 255} // tree
	case disc(32, 28, 14):
		return color.RGBA{255, 206, 70, 255} // sun
	case y >= 104:
		return color.RGBA{96, uint8(166 - (y-104)/2), 78, 255} // grass
	}
	return color.RGBA{uint8(120 + y), uint8(180 + y/3), 235, 255} // sky
}
