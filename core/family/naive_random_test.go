package family_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/safetensors"
)

// dice makes random folders; equal seeds make equal ones.
type dice struct{ *rand.Rand }

func newDice(seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, 11))} }

// seeds are the seeds of a test: a handful, or as many as $MMTUI_SEEDS says
// ("200", or "100-200").
func seeds(t *testing.T, few int) []uint64 {
	t.Helper()
	lo, hi := 0, few
	if s := os.Getenv("MMTUI_SEEDS"); s != "" {
		from, to, ok := strings.Cut(s, "-")
		if !ok {
			from, to = "0", s
		}
		lo, _ = strconv.Atoi(from)
		hi, _ = strconv.Atoi(to)
	}
	var out []uint64
	for i := lo; i < hi; i++ {
		out = append(out, uint64(i))
	}
	return out
}

func pick[T any](d dice, of ...T) T { return of[d.IntN(len(of))] }

// between is lo up to hi, both included.
func (d dice) between(lo, hi int) int { return lo + d.IntN(hi-lo+1) }

func (d dice) bool() bool { return d.IntN(2) == 0 }

// act is an activation that trained models of these families may have.
func (d dice) act() string {
	return pick(d, "gelu", "gelu_new", "gelu_fast", "gelu_pytorch_tanh", "quick_gelu", "silu", "swish", "relu", "relu2", "tanh", "sigmoid", "linear", "gelu_python",
		"gelu_10", "leaky_relu", "relu6", "mish", "laplace")
}

// tower is a random encoder config without hidden size.
func (d dice) tower(o object) object {
	heads := d.between(1, 4)
	o["num_attention_heads"] = heads
	o["hidden_size"] = wide(heads, pick(d, 1, 2, 3, 5, 7, 8, 9, 16, 17, 20))
	o["intermediate_size"] = d.between(1, 50)
	o["num_hidden_layers"] = d.between(1, 3)
	o["hidden_act"] = d.act()
	o["layer_norm_eps"] = pick(d, 1e-6, 1e-5, 1e-3, 1e-12)
	return o
}

// wide is heads of so many values or more: a norm over a few values may find
// them all alike, and then shows no more than how float32 rounds.
func wide(heads, dim int) int {
	for heads*dim < 10 {
		dim++
	}
	return heads * dim
}

// fill gives a tensor random values that dtype keeps: mean plus normal·spread.
func (d dice) fill(c checkpoint, dtype safetensors.DType, mean, spread float64, name string, shape ...int) {
	n := 1
	for _, s := range shape {
		n *= s
	}
	v := make([]float64, n)
	for i := range v {
		f := float32(mean + spread*d.NormFloat64())
		switch dtype {
		case "BF16":
			f = safetensors.BF16ToF32(safetensors.F32ToBF16(f))
		case "F16":
			f = safetensors.F16ToF32(safetensors.F32ToF16(f))
		}
		v[i] = float64(f)
	}
	c[name] = tensor{shape, v}
}

// layer is a linear layer [out, in] whose outputs are about as large as its inputs.
func (d dice) layer(c checkpoint, dtype safetensors.DType, name string, out, in int, bias bool) {
	d.fill(c, dtype, 0, 1.2/math.Sqrt(float64(in)), name+".weight", out, in)
	if bias {
		d.fill(c, dtype, 0, 0.3, name+".bias", out)
	}
}

func (d dice) norm(c checkpoint, dtype safetensors.DType, name string, width int, bias bool) {
	d.fill(c, dtype, 1, 0.3, name+".weight", width)
	if bias {
		d.fill(c, dtype, 0, 0.3, name+".bias", width)
	}
}

func (d dice) encoder(c checkpoint, dtype safetensors.DType, prefix string, s tower) {
	for i := range s.layers {
		p := fmt.Sprintf("%s.layers.%d.", prefix, i)
		d.norm(c, dtype, p+"layer_norm1", s.hidden, true)
		d.norm(c, dtype, p+"layer_norm2", s.hidden, true)
		for _, n := range []string{"q_proj", "k_proj", "v_proj", "out_proj"} {
			d.layer(c, dtype, p+"self_attn."+n, s.hidden, s.hidden, true)
		}
		d.layer(c, dtype, p+"mlp.fc1", s.mlp, s.hidden, true)
		d.layer(c, dtype, p+"mlp.fc2", s.hidden, s.mlp, true)
	}
}

// vlmWeights are random weights in the shapes that a config asks for.
func (d dice) vlmWeights(c vlmConfig, dtype safetensors.DType) checkpoint {
	w, v, p := checkpoint{}, c.vision.hidden, "model.vision_model."
	grid := c.image / c.patch
	d.fill(w, dtype, 0, 0.5/float64(c.patch), p+"embeddings.patch_embedding.weight", v, 3, c.patch, c.patch)
	d.fill(w, dtype, 0, 0.3, p+"embeddings.patch_embedding.bias", v)
	d.fill(w, dtype, 0, 1, p+"embeddings.position_embedding.weight", grid*grid, v)
	d.encoder(w, dtype, p+"encoder", c.vision)
	d.norm(w, dtype, p+"post_layernorm", v, true)
	d.layer(w, dtype, "model.connector.modality_projection.proj", c.hidden, v*c.scale*c.scale, false)
	d.fill(w, dtype, 0, 1, "model.text_model.embed_tokens.weight", c.vocabulary, c.hidden)
	for i := range c.layers {
		p := fmt.Sprintf("model.text_model.layers.%d.", i)
		d.norm(w, dtype, p+"input_layernorm", c.hidden, false)
		d.norm(w, dtype, p+"post_attention_layernorm", c.hidden, false)
		d.layer(w, dtype, p+"self_attn.q_proj", c.heads*c.headDim, c.hidden, c.attentionBias)
		d.layer(w, dtype, p+"self_attn.k_proj", c.kvHeads*c.headDim, c.hidden, c.attentionBias)
		d.layer(w, dtype, p+"self_attn.v_proj", c.kvHeads*c.headDim, c.hidden, c.attentionBias)
		d.layer(w, dtype, p+"self_attn.o_proj", c.hidden, c.heads*c.headDim, c.attentionBias)
		d.layer(w, dtype, p+"mlp.gate_proj", c.mlp, c.hidden, c.mlpBias)
		d.layer(w, dtype, p+"mlp.up_proj", c.mlp, c.hidden, c.mlpBias)
		d.layer(w, dtype, p+"mlp.down_proj", c.hidden, c.mlp, c.mlpBias)
	}
	d.norm(w, dtype, "model.text_model.norm", c.hidden, false)
	if !c.tied {
		d.layer(w, dtype, "lm_head", c.vocabulary, c.hidden, false)
	}
	return w
}

// dualWeights are random weights of a CLIP or SigLIP.
func (d dice) dualWeights(c dualConfig, dtype safetensors.DType) checkpoint {
	w, v, x, p := checkpoint{}, c.vision.hidden, c.text.hidden, "vision_model."
	patches := (c.image / c.patch) * (c.image / c.patch)
	d.fill(w, dtype, 0, 0.5/float64(c.patch), p+"embeddings.patch_embedding.weight", v, 3, c.patch, c.patch)
	d.encoder(w, dtype, p+"encoder", c.vision)
	d.norm(w, dtype, p+"post_layernorm", v, true)
	d.fill(w, dtype, 0, 1, "text_model.embeddings.token_embedding.weight", c.vocabulary, x)
	d.fill(w, dtype, 0, 1, "text_model.embeddings.position_embedding.weight", c.positions, x)
	d.encoder(w, dtype, "text_model.encoder", c.text)
	d.norm(w, dtype, "text_model.final_layer_norm", x, true)
	if c.clip {
		d.fill(w, dtype, 0, 1, p+"embeddings.class_embedding", v)
		d.norm(w, dtype, p+"pre_layrnorm", v, true)
		d.layer(w, dtype, "visual_projection", c.projection, v, false)
		d.layer(w, dtype, "text_projection", c.projection, x, false)
		d.fill(w, dtype, 2, 0.5, "logit_scale")
		patches++
	} else {
		d.fill(w, dtype, 0, 0.3, p+"embeddings.patch_embedding.bias", v)
		d.fill(w, dtype, 0, 1, p+"head.probe", 1, 1, v)
		d.fill(w, dtype, 0, 1.2/math.Sqrt(float64(v)), p+"head.attention.in_proj_weight", 3*v, v)
		d.fill(w, dtype, 0, 0.3, p+"head.attention.in_proj_bias", 3*v)
		d.layer(w, dtype, p+"head.attention.out_proj", v, v, true)
		d.norm(w, dtype, p+"head.layernorm", v, true)
		d.layer(w, dtype, p+"head.mlp.fc1", c.vision.mlp, v, true)
		d.layer(w, dtype, p+"head.mlp.fc2", v, c.vision.mlp, true)
		d.layer(w, dtype, "text_model.head", c.projection, x, true)
		d.fill(w, dtype, 2, 0.5, "logit_scale", 1)
		d.fill(w, dtype, -3, 1, "logit_bias", 1)
	}
	d.fill(w, dtype, 0, 1, p+"embeddings.position_embedding.weight", patches, v)
	return w
}
