package family_test

import (
	"fmt"
	"testing"

	"github.com/mmtui/mmtui/core/family"
	"github.com/mmtui/mmtui/core/safetensors"
)

// dualObject is a random config of a CLIP or SigLIP.
func (d dice) dualObject() object {
	vocabulary, patch := d.between(5, 60), pick(d, 1, 2, 3, 5, 8)
	vision := d.tower(object{
		"image_size": patch*d.between(1, 5) + d.IntN(patch), "patch_size": patch, "num_channels": 3,
	})
	text := d.tower(object{
		"vocab_size": vocabulary, "max_position_embeddings": d.between(1, 20),
		"bos_token_id": pick[any](d, nil, 0), "pad_token_id": pick[any](d, nil, 1),
	})
	o := object{"text_config": text, "vision_config": vision}
	if d.bool() {
		o["model_type"], o["architectures"] = "clip", []string{"CLIPModel"}
		o["projection_dim"], text["eos_token_id"] = d.between(1, 40), pick(d, 2, d.IntN(vocabulary))
		text["projection_dim"], vision["projection_dim"] = 512, 768
		return o
	}
	o["model_type"], o["architectures"] = "siglip", []string{"SiglipModel"}
	text["projection_size"] = vision["hidden_size"]
	if d.bool() {
		vision["vision_use_head"] = true
	}
	return o
}

// TestRandomEmbedders compares embeddings, logits and activations of random
// CLIPs and SigLIPs with the naive reference.
func TestRandomEmbedders(t *testing.T) {
	for _, seed := range seeds(t, 10) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			d := newDice(seed + 1<<32)
			f := &folder{config: d.dualObject(), dtype: pick[safetensors.DType](d, "F32", "BF16", "F16"), shards: pick(d, 1, 1, 3)}
			f.weights = d.dualWeights(readDual(f.config), f.dtype)
			checkDual(t, d, f)
			if t.Failed() {
				t.Logf("%v %v", f.dtype, f.config)
			}
		})
	}
}

func checkDual(t *testing.T, d dice, f *folder) {
	t.Helper()
	c := readDual(f.config)
	e := mustOpen(t, f.write(t)).(family.Embedder)
	images, size := d.between(1, 3), 3*c.image*c.image
	pixels, same := make([]float64, images*size), make([]float32, images*size)
	for i := range pixels {
		same[i] = float32(d.NormFloat64())
		pixels[i] = float64(same[i])
	}
	tokens := d.between(1, c.positions)
	texts := make([][]int, d.between(1, 4))
	for i := range texts {
		for range tokens {
			texts[i] = append(texts[i], d.IntN(c.vocabulary))
		}
	}
	got, want := traced{}, naive{}
	a, err := e.EmbedImages(t.Context(), same, images, got)
	if err != nil {
		t.Fatal(err)
	}
	b, err := e.EmbedTexts(t.Context(), texts, got)
	if err != nil {
		t.Fatal(err)
	}
	x := imageForward(f.weights, c, pixels, images, want.record)
	y := textForward(f.weights, c, texts, want.record)
	agree(t, got, want, 1e-4)
	close64(t, "image embeddings", a, x.v, 1e-4)
	close64(t, "text embeddings", b, y.v, 1e-4)
	close64(t, "logits", e.Logits(a, b), dualLogits(f.weights, c, x, y).v, 1e-4)
	if e.Dim() != c.projection || e.ImageSize() != c.image || e.TextPositions() != c.positions || e.Vocabulary() != c.vocabulary || e.PadsTexts() == c.clip {
		t.Errorf("it says that it is %d wide, reads %d pixels, %d tokens of %d, pads %v", e.Dim(), e.ImageSize(), e.TextPositions(), e.Vocabulary(), e.PadsTexts())
	}
}
