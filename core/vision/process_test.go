package vision

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

type processorCase struct {
	Synth  *[3]int
	Direct expectedTiles  `json:"pil"`
	Path   *expectedTiles `json:"pil_from_path"`
}

type expectedTiles struct {
	Shape []int `json:"pixel_values_shape"`
	Steps []struct {
		HW     [2]int
		SHA256 string `json:"sha256_hwc"`
	}
	Tiles      []string `json:"sha256_tiles_hwc"`
	Values     string   `json:"sha256_pixel_values"`
	Rows, Cols int
}

type processorVariant struct {
	Config string
	Call   struct {
		Size *struct {
			LongestEdge int `json:"longest_edge"`
		}
		Split  *bool `json:"do_image_splitting"`
		Resize *bool `json:"do_resize"`
	} `json:"call_arguments"`
	Cases map[string]processorCase
}

func (v processorVariant) open(t *testing.T, root string) (*Config, Options) {
	t.Helper()
	c, err := OpenConfig(filepath.Join(root, "configs", v.Config))
	if err != nil {
		t.Fatal(err)
	}
	if v.Call.Resize != nil {
		c.DoResize = *v.Call.Resize
	}
	opt := Options{Split: v.Call.Split}
	if v.Call.Size != nil {
		opt.LongestEdge = v.Call.Size.LongestEdge
	}
	return c, opt
}

// readCases opens the recorded cases of a folder.
func readCases(t *testing.T, root string) map[string]processorVariant {
	t.Helper()
	var all struct{ Variants map[string]processorVariant }
	readJSON(t, filepath.Join(root, "cases.json"), &all)
	if len(all.Variants) == 0 {
		t.Fatal("no cases")
	}
	return all.Variants
}

// TestProcessorsEqualTheLibrary compares tiles and values of every recorded
// case. A picture with an alpha channel follows the route of a decoded picture
// (composited on white), one with an orientation the route of a path.
func TestProcessorsEqualTheLibrary(t *testing.T) {
	t.Run("kept", func(t *testing.T) { checkCases(t, "testdata/processors") })
	t.Run("shared", func(t *testing.T) { checkCases(t, shared(t, "fixtures/vision/processors")) })
}

func checkCases(t *testing.T, root string) {
	t.Helper()
	for variant, v := range readCases(t, root) {
		c, opt := v.open(t, root)
		for name, want := range v.Cases {
			if underRace && !quick(want, variant) {
				continue
			}
			img, expected := caseImage(t, name, want)
			got, err := c.Process(t.Context(), img, opt)
			if err != nil {
				t.Errorf("%s %s: %v", variant, name, err)
				continue
			}
			compareTiles(t, variant+" "+name, c, got, expected)
		}
	}
}

// quick chooses the cases that are compared under the race detector: small
// computed pictures that make one tile, the smallest of those that are cut,
// and files where tiles are small.
func quick(c processorCase, variant string) bool {
	if c.Synth == nil {
		return variant == "clip" || variant == "siglip"
	}
	return c.Synth[0]*c.Synth[1] <= 3000 && (len(c.Direct.Tiles) == 1 || variant == "idefics3" && len(c.Direct.Tiles) == 5)
}

func caseImage(t *testing.T, name string, want processorCase) (*Image, expectedTiles) {
	t.Helper()
	if want.Synth != nil {
		return synth(want.Synth[0], want.Synth[1], want.Synth[2]), want.Direct
	}
	path := shared(t, name)
	if file, ok := strings.CutPrefix(name, "decode/"); ok {
		path = shared(t, "fixtures/vision/decode/files", file)
	}
	img, err := Open(path, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(name, "exif") {
		return img, *want.Path
	}
	return img, want.Direct
}

func compareTiles(t *testing.T, what string, c *Config, got *Pixels, want expectedTiles) {
	t.Helper()
	if got.Rows != want.Rows || got.Cols != want.Cols || got.Tiles != len(want.Tiles) {
		t.Errorf("%s: %d×%d tiles, %d in all; want %d×%d, %d", what, got.Rows, got.Cols, got.Tiles, want.Rows, want.Cols, len(want.Tiles))
		return
	}
	if shape := []int{got.Tiles, 3, got.Height, got.Width}; !slices.Equal(shape[1:], want.Shape[len(want.Shape)-3:]) {
		t.Errorf("%s: shape %v, want %v", what, shape, want.Shape)
		return
	}
	for i := range got.Tiles {
		if digest(interleaved(got, i)) != want.Tiles[i] {
			t.Errorf("%s: tile %d differs", what, i)
		}
	}
	// The values follow from the tiles by TestNormaliseTable: large ones are
	// not compared again.
	if got.Tiles <= 5 && digest(floatBytes(c.Normalise(got))) != want.Values {
		t.Errorf("%s: normalised values differ", what)
	}
}

// interleaved is a tile as [H, W, 3].
func interleaved(p *Pixels, tile int) []byte {
	plane := p.Height * p.Width
	out := make([]byte, 3*plane)
	for c := range 3 {
		for i, v := range p.U8[(3*tile+c)*plane:][:plane] {
			out[3*i+c] = v
		}
	}
	return out
}

func floatBytes(v []float32) []byte {
	out := make([]byte, 4*len(v))
	for i, x := range v {
		binary.LittleEndian.PutUint32(out[4*i:], math.Float32bits(x))
	}
	return out
}

// TestStepsEqualTheLibrary compares the picture after each resize.
func TestStepsEqualTheLibrary(t *testing.T) {
	const root = "testdata/processors"
	for variant, v := range readCases(t, root) {
		c, opt := v.open(t, root)
		for name, want := range v.Cases {
			if want.Synth == nil {
				continue
			}
			l, err := c.Layout(want.Synth[1], want.Synth[0], opt)
			if err != nil {
				t.Fatal(err)
			}
			var sizes [][2]int
			if c.DoResize {
				sizes = append(sizes, [2]int{l.Resized.Height, l.Resized.Width})
			}
			if c.Tiled() {
				sizes = append(sizes, [2]int{l.Fitted.Height, l.Fitted.Width})
			}
			if l.Tiles > 1 {
				sizes = append(sizes, [2]int{l.TileHeight, l.TileWidth})
			}
			var expected [][2]int
			for _, s := range want.Direct.Steps {
				expected = append(expected, s.HW)
			}
			if fmt.Sprint(sizes) != fmt.Sprint(expected) {
				t.Errorf("%s %s: steps %v, want %v", variant, name, sizes, expected)
			}
		}
	}
}

// TestNormaliseTable compares every value of every published configuration.
func TestNormaliseTable(t *testing.T) {
	root := shared(t, "fixtures/vision/processors")
	data := openTensors(t, filepath.Join(root, "pixels.safetensors"))
	for _, name := range []string{"clip_vit_b32", "idefics3_8b_llama3", "siglip_base_p16_224", "smolvlm2_256m_500m_video", "smolvlm_256m_500m_instruct"} {
		c, err := OpenConfig(filepath.Join(root, "configs", name))
		if err != nil {
			t.Fatal(err)
		}
		want, _ := data.bytes("lut." + name + ".pil")
		table := c.table()
		if got := floatBytes(slices.Concat(table[0][:], table[1][:], table[2][:])); string(got) != string(want) {
			t.Errorf("%s: the table of normalised values differs", name)
		}
	}
}

func TestProcessBounds(t *testing.T) {
	siglip, _ := classDefaults("SiglipImageProcessor")
	smol, _ := classDefaults("SmolVLMImageProcessor")
	clip, _ := classDefaults("CLIPImageProcessor")
	img := synth(30, 40, 1)

	// A long strip costs CLIP no more than its window.
	strip := synth(1, 5000, 1)
	if l, err := clip.Layout(5000, 1, Options{}); err != nil || l.Resized != (Extent{1120000, 224}) || l.Bytes > 4<<20 {
		t.Errorf("CLIP on 5000×1: %+v, %v", l, err)
	}
	if p, err := clip.Process(t.Context(), strip, Options{}); err != nil || len(p.U8) != 3*224*224 {
		t.Errorf("CLIP on 5000×1: %v", err)
	}
	// One that neither crops nor cuts is refused with its numbers.
	clip.DoCenterCrop = false
	if _, err := clip.Process(t.Context(), strip, Options{MaxBytes: 1 << 30}); err == nil || !strings.Contains(err.Error(), "1120000") || !strings.Contains(err.Error(), "MiB") {
		t.Errorf("an uncropped strip: %v", err)
	}
	smol.DoResize = false
	smol.TileEdge = 1 << 15
	if _, err := smol.Process(t.Context(), img, Options{}); err == nil || !strings.Contains(err.Error(), "limit") {
		t.Errorf("an enormous tile: %v", err)
	}
	yes := true
	for name, opt := range map[string]Options{"longest edge": {LongestEdge: 512}, "split": {Split: &yes}} {
		if _, err := siglip.Process(t.Context(), img, opt); err == nil {
			t.Errorf("SigLIP accepted the option %s", name)
		}
	}
	stop, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := siglip.Process(stop, img, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := siglip.Process(t.Context(), &Image{Width: 3, Height: 3}, Options{}); err == nil {
		t.Error("accepted a picture without pixels")
	}
}

// TestCropLargerThanPicture: black all round, the odd row above and left.
func TestCropLargerThanPicture(t *testing.T) {
	c, _ := classDefaults("CLIPImageProcessor")
	c.DoResize = false
	c.Crop = Size{Height: 6, Width: 3}
	img := synth(3, 5, 2)
	p, err := c.Process(t.Context(), img, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := make([]uint8, 3*6*3)
	for ch := range 3 {
		for y := range 3 {
			for x := range 3 {
				want[ch*18+(y+2)*3+x] = img.Pix[(y*5+x+1)*3+ch]
			}
		}
	}
	if !slices.Equal(p.U8, want) {
		t.Errorf("got %v, want %v", p.U8, want)
	}
}
