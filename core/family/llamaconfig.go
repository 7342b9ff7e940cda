package family

import "github.com/mmtui/mmtui/core/nn"

// llamaConfig is a Llama text model (Touvron et al. 2023): RMS norms, rotary
// positions, grouped-query attention and a gated MLP.
type llamaConfig struct {
	hidden, mlp, layers         int
	heads, kvHeads, headDim     int
	vocabulary, positions       int
	act                         nn.Activation
	eps                         float32
	rope                        nn.RopeConfig
	attentionBias, mlpBias, tie bool
}

// readLlama reads text_config. The defaults are those of LlamaConfig; only the
// norm's epsilon depends on whether there is a text_config at all.
func readLlama(c object, given bool) llamaConfig {
	if kind := c.text("model_type", "llama"); kind != "llama" {
		c.fail("model_type", "%s: only llama text models are built", excerpt([]byte(kind)))
	}
	eps := 1e-5
	if given {
		eps = 1e-6
	}
	hidden := c.count("hidden_size", 4096, mostWidth)
	heads := c.heads(32, hidden)
	t := llamaConfig{
		hidden:        hidden,
		mlp:           c.count("intermediate_size", 11008, mostWidth),
		layers:        c.count("num_hidden_layers", 32, mostLayers),
		heads:         heads,
		kvHeads:       c.count("num_key_value_heads", heads, mostHeads),
		headDim:       c.count("head_dim", hidden/heads, mostHeads),
		vocabulary:    c.count("vocab_size", 32000, mostIDs),
		positions:     c.count("max_position_embeddings", 2048, mostPositions),
		act:           c.activation("hidden_act", "silu"),
		eps:           float32(c.number("rms_norm_eps", eps)),
		attentionBias: c.flag("attention_bias", false),
		mlpBias:       c.flag("mlp_bias", false),
	}
	if t.heads%t.kvHeads != 0 {
		c.fail("num_key_value_heads", "%d heads are not a multiple of %d", t.heads, t.kvHeads)
	}
	if t.headDim%2 != 0 {
		c.fail("head_dim", "%d is odd: rotary positions turn pairs", t.headDim)
	}
	t.rope = readRope(c, t.headDim, t.positions)
	return t
}

// readRope reads the rotary positions in either layout: rope_theta and
// rope_scaling (transformers 4), rope_parameters (5). As transformers 5 does,
// it takes rope_scaling when both are there.
func readRope(c object, head, positions int) nn.RopeConfig {
	r := nn.RopeConfig{Type: "default", Dim: head, Theta: c.number("rope_theta", 10000), Factor: 1}
	key, ok := c.first("rope_scaling", "rope_parameters")
	if c.has("rope_scaling") && string(c.fields["rope_scaling"]) == "{}" {
		key, ok = c.first("rope_parameters")
	}
	partial := c.number("partial_rotary_factor", 1)
	if ok {
		p, _ := c.object(key)
		r.Type = p.text("rope_type", p.text("type", "default"))
		r.Theta = p.number("rope_theta", r.Theta)
		partial = p.number("partial_rotary_factor", partial)
		switch r.Type {
		case "default":
		case "linear", "dynamic":
			r.Factor = required(p, "factor")
		case "llama3":
			r.Factor, r.LowFreq, r.HighFreq = required(p, "factor"), required(p, "low_freq_factor"), required(p, "high_freq_factor")
			r.Original = readOriginal(c, p, positions)
			if r.HighFreq <= r.LowFreq {
				p.fail("high_freq_factor", "%v is not above low_freq_factor %v", r.HighFreq, r.LowFreq)
			}
		case "yarn":
			r.Factor, r.Original = required(p, "factor"), readOriginal(c, p, positions)
			r.Yarn = readYarn(p, r.Factor)
			if r.Theta == 1 {
				p.fail("rope_theta", "1 turns all waves alike")
			}
		default:
			p.fail("rope_type", "%s is not built (built: default, linear, dynamic, llama3, yarn)", excerpt([]byte(r.Type)))
		}
	}
	if partial != 1 {
		c.fail("partial_rotary_factor", "%v: a Llama model turns whole heads", partial)
	}
	return r
}

// readOriginal is the length that a model had before its positions were
// stretched. As transformers 5 does, it prefers text_config's own key.
func readOriginal(c, rope object, positions int) int {
	inner := rope.count("original_max_position_embeddings", positions, mostPositions)
	return c.count("original_max_position_embeddings", inner, mostPositions)
}

func readYarn(p object, factor float64) nn.Yarn {
	y := nn.Yarn{
		BetaFast: p.number("beta_fast", 32), BetaSlow: p.number("beta_slow", 1),
		Exact: !p.flag("truncate", true), Amplitude: nn.YarnAmplitude(factor, 1),
	}
	if p.has("mscale") && p.has("mscale_all_dim") {
		y.Amplitude = nn.YarnAmplitude(factor, p.number("mscale", 1)) / nn.YarnAmplitude(factor, p.number("mscale_all_dim", 1))
	}
	y.Amplitude = p.number("attention_factor", y.Amplitude)
	return y
}

// required is a number that has no default.
func required(o object, key string) float64 {
	if !o.has(key) {
		o.fail(key, "missing")
	}
	return o.number(key, 1)
}

func (c llamaConfig) width() int   { return c.heads * c.headDim }
func (c llamaConfig) kvWidth() int { return c.kvHeads * c.headDim }

// flopPerToken is what the linear layers of all blocks cost a token.
func (c llamaConfig) flopPerToken() float64 {
	d := float64(c.hidden)
	return float64(c.layers) * 2 * d * (2*float64(c.width()) + 2*float64(c.kvWidth()) + 3*float64(c.mlp))
}

// attentionFLOP is what tokens that see so many keys each, on average, cost.
func (c llamaConfig) attentionFLOP(tokens, keys float64) float64 {
	return float64(c.layers) * 4 * tokens * keys * float64(c.width())
}

// cacheBytes is the key-value cache of so many positions, with the rope's tables.
func (c llamaConfig) cacheBytes(positions int) int64 {
	return 8*int64(positions)*int64(c.kvWidth())*int64(c.layers) + c.rope.Bytes(positions)
}

// scratchBytes is what a prompt of so many tokens needs beside the cache.
func (c llamaConfig) scratchBytes(tokens int) int64 {
	block := int64(min(tokens, prefillRows))
	return 4 * (int64(tokens)*int64(c.hidden) + block*int64(2*c.hidden+2*c.width()+2*c.mlp) + int64(c.vocabulary))
}

// prefillRows bounds the rows of a prompt that go through a layer at once.
const prefillRows = 512
