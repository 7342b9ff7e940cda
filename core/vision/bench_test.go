package vision

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"testing"
)

// encodedJPEG is a computed picture as a 4:2:0 JPEG.
func encodedJPEG(t testing.TB, height, width int) []byte {
	t.Helper()
	src := synth(height, width, 3)
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		m.SetRGBA(i%width, i/width, color.RGBA{src.Pix[3*i], src.Pix[3*i+1], src.Pix[3*i+2], 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func BenchmarkDecodeJPEG(b *testing.B) {
	data := encodedJPEG(b, 1200, 1600)
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			if _, err := Decode("made.jpg", data, Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("image/jpeg", func(b *testing.B) {
		for b.Loop() {
			if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkProcessSmolVLM(b *testing.B) {
	c, _ := classDefaults("SmolVLMImageProcessor")
	c.Size, c.TileEdge = Size{LongestEdge: 2048}, 512
	src := synth(480, 640, 1)
	for b.Loop() {
		p, err := c.Process(b.Context(), src, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if v := c.Normalise(p); len(v) != 13*3*512*512 {
			b.Fatal(len(v))
		}
	}
}
