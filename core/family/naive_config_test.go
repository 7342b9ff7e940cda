package family_test

import "fmt"

// object is a JSON object of a config, as written by a test or decoded.
type object map[string]any

func (o object) object(key string) object {
	switch v := o[key].(type) {
	case object:
		return v
	case map[string]any:
		return v
	}
	return nil
}

func (o object) num(key string, absent float64) float64 {
	switch v := o[key].(type) {
	case nil:
		return absent
	case int:
		return float64(v)
	case float64:
		return v
	}
	panic(fmt.Sprintf("%s is a %T", key, o[key]))
}

func (o object) int(key string, absent int) int { return int(o.num(key, float64(absent))) }

func (o object) flag(key string, absent bool) bool {
	if v, ok := o[key].(bool); ok {
		return v
	}
	return absent
}

func (o object) text(key, absent string) string {
	if v, ok := o[key].(string); ok {
		return v
	}
	return absent
}

func (o object) tower(hidden, mlp, layers, heads int, act string, eps float64) tower {
	return tower{
		hidden: o.int("hidden_size", hidden), mlp: o.int("intermediate_size", mlp),
		layers: o.int("num_hidden_layers", layers), heads: o.int("num_attention_heads", heads),
		act: o.text("hidden_act", act), eps: o.num("layer_norm_eps", eps),
	}
}

// vlmConfig is a SmolVLM or Idefics3 config with every default put in.
type vlmConfig struct {
	vision                              tower
	image, patch, scale, imageToken     int
	tied                                bool
	hidden, mlp, layers, heads, kvHeads int
	headDim, vocabulary, positions      int
	act                                 string
	eps                                 float64
	attentionBias, mlpBias              bool
	frequencies                         []float64
	amplitude                           float64 // of cosines and sines
}

func readVLM(o object) vlmConfig {
	v := o.object("vision_config")
	c := vlmConfig{
		vision: v.tower(1152, 3072, 12, 16, "gelu_pytorch_tanh", 1e-6),
		image:  v.int("image_size", 224), patch: v.int("patch_size", 32),
		scale: o.int("scale_factor", 2), imageToken: o.int("image_token_id", 128257),
		tied: o.flag("tie_word_embeddings", false),
	}
	t, eps := o.object("text_config"), 1e-6
	if t == nil {
		eps = 1e-5
	}
	c.hidden, c.mlp = t.int("hidden_size", 4096), t.int("intermediate_size", 11008)
	c.layers, c.heads = t.int("num_hidden_layers", 32), t.int("num_attention_heads", 32)
	c.kvHeads = t.int("num_key_value_heads", c.heads)
	c.headDim = t.int("head_dim", c.hidden/c.heads)
	c.vocabulary, c.positions = t.int("vocab_size", 32000), t.int("max_position_embeddings", 2048)
	c.act, c.eps = t.text("hidden_act", "silu"), t.num("rms_norm_eps", eps)
	c.attentionBias, c.mlpBias = t.flag("attention_bias", false), t.flag("mlp_bias", false)
	c.frequencies, c.amplitude = readRope(t, c.headDim, c.positions)
	return c
}

// readRope follows RotaryEmbeddingConfigMixin: rope_scaling where there is one,
// else rope_parameters; theta in it, then beside it, then 10000.
func readRope(t object, dim, positions int) ([]float64, float64) {
	r := t.object("rope_scaling")
	if len(r) == 0 {
		r = t.object("rope_parameters")
	}
	kind := r.text("rope_type", r.text("type", "default"))
	theta := r.num("rope_theta", t.num("rope_theta", 10000))
	original := r.num("original_max_position_embeddings", float64(positions))
	original = t.num("original_max_position_embeddings", original)
	if kind == "yarn" {
		return yarn(r, theta, dim, r.num("factor", 1), original)
	}
	return frequencies(kind, theta, dim, r.num("factor", 1),
		r.num("low_freq_factor", 1), r.num("high_freq_factor", 1), original), 1
}

// dualConfig is a CLIP or SigLIP config with every default put in.
type dualConfig struct {
	clip                  bool
	vision, text          tower
	image, patch          int
	vocabulary, positions int
	projection, endOfText int
}

func readDual(o object) dualConfig {
	v, t := o.object("vision_config"), o.object("text_config")
	if o["model_type"] == "clip" {
		// A *_config_dict of the first releases, with its own defaults, wins.
		if d := o.object("vision_config_dict"); d != nil {
			v = d
		}
		if d := o.object("text_config_dict"); d != nil {
			t = d
		}
		return dualConfig{
			clip:   true,
			vision: v.tower(768, 3072, 12, 12, "quick_gelu", 1e-5),
			text:   t.tower(512, 2048, 12, 8, "quick_gelu", 1e-5),
			image:  v.int("image_size", 224), patch: v.int("patch_size", 32),
			vocabulary: t.int("vocab_size", 49408), positions: t.int("max_position_embeddings", 77),
			projection: o.int("projection_dim", 512), endOfText: t.int("eos_token_id", 49407),
		}
	}
	c := dualConfig{
		vision: v.tower(768, 3072, 12, 12, "gelu_pytorch_tanh", 1e-6),
		text:   t.tower(768, 3072, 12, 12, "gelu_pytorch_tanh", 1e-6),
		image:  v.int("image_size", 224), patch: v.int("patch_size", 16),
		vocabulary: t.int("vocab_size", 32000), positions: t.int("max_position_embeddings", 64),
	}
	c.projection = t.int("projection_size", c.text.hidden)
	return c
}
