package family_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/internal/sharedtest"
)

// TestReferenceOnFixtures holds the naive reference itself against what the
// published library recorded.
func TestReferenceOnFixtures(t *testing.T) {
	root := filepath.Join(sharedtest.Dir(t), "fixtures", "models")
	for _, name := range []string{"smolvlm-tiny", "smolvlm-tiny-sharded-bf16", "idefics3-tiny"} {
		t.Run(name, func(t *testing.T) { referenceVLM(t, filepath.Join(root, name)) })
	}
	for _, name := range []string{"clip-tiny", "siglip-tiny", "siglip2-tiny"} {
		t.Run(name, func(t *testing.T) { referenceDual(t, filepath.Join(root, name)) })
	}
}

func referenceVLM(t *testing.T, dir string) {
	config, weights := readFolder(t, dir)
	c, io := readVLM(config), readTensors(t, filepath.Join(dir, "io.safetensors"))
	cases := 0
	for _, key := range slices.Sorted(maps.Keys(io)) {
		name, ok := strings.CutSuffix(key, "/input_ids")
		if !ok {
			continue
		}
		cases++
		in := vlmInput{ids: ints(io[key].v)}
		if pixels, ok := io[name+"/tiles_u8"]; ok {
			in.tiles, in.height, in.width = pixels.shape[0], pixels.shape[2], pixels.shape[3]
			for _, v := range pixels.v {
				in.pixels = append(in.pixels, (v/255-0.5)/0.5)
			}
		} else if !strings.HasPrefix(name, "text") {
			continue // two_split records no tiles
		}
		got := naive{}
		vlmForward(weights, c, in, got.record)
		last := got["all_logits"]
		got["last_logits"] = last[len(last)-c.vocabulary:]
		recorded(t, got, io, name)
	}
	if cases < 3 {
		t.Fatalf("only %d cases", cases)
	}
	for _, name := range []string{"padded", "undersized"} {
		pixels, ok := io[name+"/pixel_values"]
		if !ok {
			continue
		}
		in := vlmInput{pixels: pixels.v, tiles: 1, height: pixels.shape[2], width: pixels.shape[3]}
		if mask, ok := io[name+"/pixel_attention_mask"]; ok {
			for _, v := range mask.v {
				in.mask = append(in.mask, v != 0)
			}
		}
		got := naive{}
		tileForward(weights, c, in, 0, got.record)
		recorded(t, got, io, name)
	}
}

// recorded compares all that a case has on file.
func recorded(t *testing.T, got naive, io checkpoint, prefix string) {
	t.Helper()
	compared := 0
	for name, values := range got {
		want, ok := io[strings.TrimPrefix(prefix+"/"+name, "/")]
		if !ok {
			continue
		}
		compared++
		have := make([]float32, len(values))
		for i, v := range values {
			have[i] = float32(v)
		}
		close64(t, prefix+"/"+name, have, want.v, 3e-5)
	}
	if compared == 0 {
		t.Errorf("%s: nothing to compare", prefix)
	}
}

func referenceDual(t *testing.T, dir string) {
	config, weights := readFolder(t, dir)
	c, io := readDual(config), readTensors(t, filepath.Join(dir, "io.safetensors"))
	ids := io["input_ids"]
	var texts [][]int
	for i := range ids.shape[0] {
		texts = append(texts, ints(ids.v[i*ids.shape[1]:(i+1)*ids.shape[1]]))
	}
	got := naive{}
	images := imageForward(weights, c, io["pixel_values"].v, io["pixel_values"].shape[0], got.record)
	words := textForward(weights, c, texts, got.record)
	got.record("image_embeds", images)
	got.record("text_embeds", words)
	got.record("logits_per_image", dualLogits(weights, c, images, words))
	recorded(t, got, io, "")
}

func ints(v []float64) []int {
	out := make([]int, len(v))
	for i, x := range v {
		out[i] = int(x)
	}
	return out
}

// TestReferenceBuckets are the grids that float32 rounding takes from raster
// order in the published library, and some that it does not.
func TestReferenceBuckets(t *testing.T) {
	var off []int
	for n := 1; n <= 50; n++ {
		for i, b := range buckets(n, n) {
			if b != i {
				off = append(off, n)
				break
			}
		}
	}
	if want := []int{19, 25, 29, 31, 38, 40, 41, 43, 47, 49, 50}; !slices.Equal(off, want) {
		t.Errorf("not raster for N = %v, want %v", off, want)
	}
}
