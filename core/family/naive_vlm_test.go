package family_test

import (
	"fmt"
	"testing"

	"github.com/mmtui/mmtui/core/family"
	"github.com/mmtui/mmtui/core/safetensors"
)

// vlmObject is a random config of a SmolVLM or Idefics3, in the layout of
// transformers 5 or 4.
func (d dice) vlmObject() object {
	scale := d.between(1, 4)
	grid, patch := scale*d.between(1, 3), pick(d, 1, 2, 3, 4, 7)
	switch d.IntN(8) {
	case 0:
		scale, grid, patch = 1, 19, 2
	case 1:
		scale, grid, patch = 3, 27, 1
	case 2:
		scale, grid, patch = 5, 25, 1
	}
	heads := pick(d, 1, 2, 3, 4, 6, 8)
	text := object{
		"model_type": "llama", "num_attention_heads": heads,
		"hidden_size":         wide(heads, pick(d, 1, 2, 3, 4, 5, 8, 12)),
		"head_dim":            2 * d.between(1, 12),
		"num_key_value_heads": pick(d, divisors(heads)...),
		"intermediate_size":   d.between(1, 60), "num_hidden_layers": d.between(1, 3),
		"hidden_act": d.act(), "rms_norm_eps": pick(d, 1e-6, 1e-5, 1e-3),
		"vocab_size": d.between(20, 90), "max_position_embeddings": d.between(60, 400),
		"attention_bias": d.bool(), "mlp_bias": d.bool(),
		"pad_token_id": pick[any](d, nil, 2), "tie_word_embeddings": d.bool(),
	}
	d.rope(text)
	vision := d.tower(object{
		"image_size": grid*patch + d.IntN(patch), "patch_size": patch, "num_channels": 3,
	})
	if grid > 15 {
		vision["num_hidden_layers"] = 1 // the reference is slow
	}
	kind := pick(d, "smolvlm", "idefics3")
	return object{
		"model_type":    kind,
		"architectures": []string{map[string]string{"smolvlm": "SmolVLMForConditionalGeneration", "idefics3": "Idefics3ForConditionalGeneration"}[kind]},
		"text_config":   text, "vision_config": vision,
		"scale_factor": scale, "image_token_id": d.IntN(text.int("vocab_size", 0)),
		"tie_word_embeddings": d.bool(),
	}
}

func divisors(n int) []int {
	var out []int
	for i := 1; i <= n; i++ {
		if n%i == 0 {
			out = append(out, i)
		}
	}
	return out
}

// rope puts a random rope config into a text config.
func (d dice) rope(text object) {
	theta := pick(d, 10000, 100000.0, 500000.0, 17.5)
	r := object{}
	kind, key := pick(d, "default", "linear", "dynamic", "llama3", "yarn"), "rope_type"
	if d.bool() {
		key = "type"
	}
	r[key] = kind
	switch kind {
	case "linear", "dynamic":
		r["factor"] = pick[any](d, 2, 2.5, 8.0)
	case "llama3":
		r["factor"], r["low_freq_factor"], r["high_freq_factor"] = pick[any](d, 8, 2.0, 32.0), pick[any](d, 1, 0.5), pick[any](d, 4, 2.5)
		r["original_max_position_embeddings"] = pick(d, 4, 16, 64, 8192)
		if d.IntN(4) == 0 {
			delete(r, "original_max_position_embeddings")
		}
	case "yarn":
		r["factor"], r["original_max_position_embeddings"] = pick[any](d, 1, 4, 2.5, 40), pick(d, 4, 16, 64, 8192)
		if d.bool() {
			r["beta_fast"], r["beta_slow"], r["truncate"] = pick[any](d, 32, 8.0), pick[any](d, 1, 0.5), d.bool()
		}
		if d.bool() {
			r["mscale"], r["mscale_all_dim"] = 1.0, 0.7
		}
		if d.IntN(3) == 0 {
			r["attention_factor"] = 0.9
		}
	}
	if d.IntN(6) == 0 {
		text["original_max_position_embeddings"] = 30 // wins, as Phi-3's does
	}
	switch d.IntN(4) {
	case 0: // 5.x
		r["rope_theta"] = theta
		text["rope_parameters"] = r
	case 1: // 4.x
		text["rope_theta"], text["rope_scaling"] = theta, r
	case 2: // 4.x without scaling
		text["rope_theta"], text["rope_scaling"] = theta, nil
	case 3: // 5.x parameters, theta beside them
		text["rope_theta"], text["rope_parameters"] = theta, r
	}
}

// vlmInput is a prompt of so many tiles with as many image tokens as features,
// mostly in runs, and random pixels.
func (d dice) vlmInput(c vlmConfig, tiles int) vlmInput {
	in := vlmInput{tiles: tiles, height: c.image, width: c.image}
	word := func() int {
		for {
			if id := d.IntN(c.vocabulary); id != c.imageToken {
				return id
			}
		}
	}
	grid := c.image / c.patch / c.scale
	for range tiles {
		for range d.between(0, 3) {
			in.ids = append(in.ids, word())
		}
		for range grid * grid {
			in.ids = append(in.ids, c.imageToken)
			if d.IntN(10) == 0 {
				in.ids = append(in.ids, word())
			}
		}
	}
	for range d.between(1, 5) {
		in.ids = append(in.ids, word())
	}
	in.pixels = make([]float64, tiles*3*c.image*c.image)
	for i := range in.pixels {
		in.pixels[i] = float64(float32(d.Float64()*2 - 1))
	}
	return in
}

func (in vlmInput) prompt() family.Prompt {
	p := family.Prompt{IDs: in.ids, Tiles: in.tiles, Height: in.height, Width: in.width, Mask: in.mask, AllLogits: true}
	for _, v := range in.pixels {
		p.Pixels = append(p.Pixels, float32(v))
	}
	return p
}

// TestRandomGenerators writes folders of random shapes and compares every
// activation with the naive reference, then some steps with its full forward.
func TestRandomGenerators(t *testing.T) {
	for _, seed := range seeds(t, 8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			d := newDice(seed)
			f := &folder{config: d.vlmObject(), dtype: pick[safetensors.DType](d, "F32", "BF16", "F16"), shards: pick(d, 1, 1, 3)}
			c := readVLM(f.config)
			f.weights = d.vlmWeights(c, f.dtype)
			tiles := d.between(0, 3)
			if c.image/c.patch > 15 {
				tiles = min(tiles, 1)
			}
			checkVLM(t, d, f, tiles)
			if t.Failed() {
				t.Logf("%v %v", f.dtype, f.config)
			}
		})
	}
}

func checkVLM(t *testing.T, d dice, f *folder, tiles int) {
	t.Helper()
	c := readVLM(f.config)
	in := d.vlmInput(c, tiles)
	if len(in.ids)+3 > c.positions {
		in = d.vlmInput(c, 0)
	}
	n := mustOpen(t, f.write(t))
	g := n.(family.Generator)
	s, err := g.NewSession(len(in.ids) + 3)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, want := traced{}, naive{}
	last, err := s.Prefill(t.Context(), in.prompt(), got)
	if err != nil {
		t.Fatal(err)
	}
	vlmForward(f.weights, c, in, want.record)
	agree(t, got, want, 1e-4)
	all := want["all_logits"]
	close64(t, "last logits", last, all[len(all)-c.vocabulary:], 1e-4)
	for i := range 3 {
		id := d.IntN(c.vocabulary)
		in.ids = append(in.ids, id)
		step, err := s.Step(t.Context(), id, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := naive{}
		vlmForward(f.weights, c, in, want.record)
		all := want["all_logits"]
		close64(t, fmt.Sprintf("logits of step %d", i), step, all[len(all)-c.vocabulary:], 1e-4)
	}
}

// masked gives tiles of another size than the encoder's, with a valid part at
// the top left, and as many image tokens as the connector makes of them.
func (d dice) masked(c vlmConfig) vlmInput {
	side := c.scale * d.between(1, 3)
	in := vlmInput{tiles: d.between(1, 2), height: side*c.patch + d.IntN(c.patch), width: side*c.patch + d.IntN(c.patch)}
	plane := in.height * in.width
	in.pixels, in.mask = make([]float64, in.tiles*3*plane), make([]bool, in.tiles*plane)
	for i := range in.pixels {
		in.pixels[i] = float64(float32(d.NormFloat64()))
	}
	for t := range in.tiles {
		// The first column and row of patches must not be empty.
		height, width := d.between(1, side*c.patch), d.between(1, side*c.patch)
		for y := range height {
			for x := range width {
				in.mask[t*plane+y*in.width+x] = true
			}
		}
	}
	for range in.tiles * side * side / c.scale / c.scale {
		in.ids = append(in.ids, c.imageToken)
	}
	in.ids = append(in.ids, 1, 2)
	return in
}

// TestMaskedTiles is the position rule and the attention mask of tiles that
// are padded, or smaller or larger than the encoder was made for.
func TestMaskedTiles(t *testing.T) {
	for _, seed := range seeds(t, 4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			d, o := newDice(seed+1<<40), smallVLM("smolvlm")
			v, scale := o.object("vision_config"), d.between(1, 2)
			v["hidden_act"], v["patch_size"], v["image_size"] = "gelu", 3, 3*scale*pick(d, 2, 5, 19, 25)
			o["scale_factor"] = scale
			f := &folder{config: o, dtype: "BF16", shards: 1}
			c := readVLM(o)
			f.weights = d.vlmWeights(c, f.dtype)
			in := d.masked(c)
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
		})
	}
}
