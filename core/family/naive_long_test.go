package family_test

import (
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/family"
)

// TestLongAgainstReference is what goes through in several blocks: a prompt of
// many tiles and more tokens than a block of rows, and many pictures and texts.
func TestLongAgainstReference(t *testing.T) {
	d, o := newDice(5), smallVLM("idefics3")
	o.object("vision_config")["patch_size"], o.object("vision_config")["image_size"] = 4, 20
	text := o.object("text_config")
	text["max_position_embeddings"], text["vocab_size"] = 700, 25
	f := &folder{config: o, dtype: "BF16", shards: 2}
	c := readVLM(o)
	f.weights = d.vlmWeights(c, f.dtype)
	in := d.vlmInput(c, 21)
	for len(in.ids) < 640 {
		in.ids = append(in.ids, 3+d.IntN(4))
	}
	s, err := mustOpen(t, f.write(t)).(family.Generator).NewSession(len(in.ids))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, want := traced{}, naive{}
	if _, err := s.Prefill(t.Context(), in.prompt(), got); err != nil {
		t.Fatal(err)
	}
	vlmForward(f.weights, c, in, want.record)
	agree(t, got, want, 1e-4)
}

// TestManyAgainstReference embeds more pictures and texts than go at once.
func TestManyAgainstReference(t *testing.T) {
	for _, kind := range []string{"clip", "siglip"} {
		d, o := newDice(6), smallDual(kind)
		o.object("vision_config")["patch_size"], o.object("vision_config")["image_size"] = 3, 20
		c := readDual(o)
		f := &folder{config: o, dtype: "F16", shards: 1, weights: d.dualWeights(c, "F16")}
		e := mustOpen(t, f.write(t)).(family.Embedder)
		const images, texts = 30, 120 // two groups each
		pixels, same := make([]float64, images*3*20*20), make([]float32, images*3*20*20)
		for i := range pixels {
			same[i] = float32(d.NormFloat64())
			pixels[i] = float64(same[i])
		}
		ids := make([][]int, texts)
		for i := range ids {
			for range c.positions {
				ids[i] = append(ids[i], d.IntN(c.vocabulary))
			}
		}
		a, err := e.EmbedImages(t.Context(), same, images, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := e.EmbedTexts(t.Context(), ids, nil)
		if err != nil {
			t.Fatal(err)
		}
		nothing := func(string, matrix) {}
		x, y := imageForward(f.weights, c, pixels, images, nothing), textForward(f.weights, c, ids, nothing)
		close64(t, kind+" images", a, x.v, 1e-5)
		close64(t, kind+" texts", b, y.v, 1e-5)
		close64(t, kind+" logits", e.Logits(a, b), dualLogits(f.weights, c, x, y).v, 1e-4)
	}
}

// TestPartlyMissingIsNoTower says what a folder is only if a whole tower is
// missing from it; names are given as the file has them.
func TestPartlyMissingIsNoTower(t *testing.T) {
	d, o := newDice(7), smallVLM("smolvlm")
	f := &folder{config: o, dtype: "F32", shards: 1, weights: d.vlmWeights(readVLM(o), "F32")}
	delete(f.weights, "model.text_model.layers.1.mlp.up_proj.weight")
	delete(f.weights, "model.text_model.norm.weight")
	o = smallDual("clip")
	g := &folder{config: o, dtype: "F32", shards: 1, weights: d.dualWeights(readDual(o), "F32")}
	delete(g.weights, "logit_scale")
	for want, folder := range map[string]*folder{
		"2 tensors are missing: model.text_model.layers.1.mlp.up_proj.weight [12 32], model.text_model.norm.weight [32];": f,
		"a tensor is missing: logit_scale []": g,
	} {
		_, err := open(t, folder.write(t))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "alone") {
			t.Errorf("%v\nwant %q", err, want)
		}
	}
}
