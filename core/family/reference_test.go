package family

import (
	"math"
	"testing"

	"github.com/mmtui/mmtui/core/family/familytest"
	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/safetensors"
)

// reference computes the networks once more, in double, one number at a time
// and straight from the definitions, for shapes that no recording has.
type reference struct {
	t *testing.T
	m *model.Model
}

type rows64 [][]float64

func (r reference) values(name string) []float64 {
	r.t.Helper()
	tensor, ok := r.m.Lookup(name)
	if !ok {
		r.t.Fatalf("no tensor %s", name)
	}
	v := make([]float32, tensor.Parameters)
	if err := tensor.Values(r.t.Context(), 0, v); err != nil {
		r.t.Fatal(err)
	}
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x)
	}
	return out
}

// linear is x·Wᵀ + b; the bias is there if the file has one.
func (r reference) linear(x rows64, name string) rows64 {
	w := r.values(name + ".weight")
	in := len(x[0])
	bias := make([]float64, len(w)/in)
	if _, ok := r.m.Lookup(name + ".bias"); ok {
		bias = r.values(name + ".bias")
	}
	out := make(rows64, len(x))
	for i, row := range x {
		out[i] = make([]float64, len(bias))
		for o := range out[i] {
			out[i][o] = bias[o]
			for k, v := range row {
				out[i][o] += v * w[o*in+k]
			}
		}
	}
	return out
}

// norm is a layer norm, or an RMS norm where the file has no bias.
func (r reference) norm(x rows64, name string, eps float64) rows64 {
	gain := r.values(name + ".weight")
	_, centred := r.m.Lookup(name + ".bias")
	var bias []float64
	if centred {
		bias = r.values(name + ".bias")
	}
	out := make(rows64, len(x))
	for i, row := range x {
		mean, square := 0.0, 0.0
		for _, v := range row {
			if centred {
				mean += v / float64(len(row))
			}
		}
		for _, v := range row {
			square += (v - mean) * (v - mean) / float64(len(row))
		}
		out[i] = make([]float64, len(row))
		for k, v := range row {
			out[i][k] = (v - mean) / math.Sqrt(square+eps) * gain[k]
			if centred {
				out[i][k] += bias[k]
			}
		}
	}
	return out
}

func attend(q, k, v rows64, heads, kvHeads int, causal bool) rows64 {
	dim := len(q[0]) / heads
	out := make(rows64, len(q))
	for i := range q {
		out[i] = make([]float64, len(q[0]))
		for h := range heads {
			g := h / (heads / kvHeads)
			var weights []float64
			sum := 0.0
			for j := range k {
				if causal && j > i {
					break
				}
				dot := 0.0
				for c := range dim {
					dot += q[i][h*dim+c] * k[j][g*dim+c]
				}
				weights = append(weights, math.Exp(dot/math.Sqrt(float64(dim))))
				sum += weights[j]
			}
			for j, w := range weights {
				for c := range dim {
					out[i][h*dim+c] += w / sum * v[j][g*dim+c]
				}
			}
		}
	}
	return out
}

func plus(a, b rows64) rows64 {
	for i := range a {
		for k := range a[i] {
			a[i][k] += b[i][k]
		}
	}
	return a
}

func each(x rows64, f func(float64) float64) rows64 {
	for i := range x {
		for k := range x[i] {
			x[i][k] = f(x[i][k])
		}
	}
	return x
}

func tanhGELU(x float64) float64 {
	return 0.5 * x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
}

// encoder is the ViT's layers.
func (r reference) encoder(x rows64, prefix string, layers, heads int) rows64 {
	for i := range layers {
		at := prefix + ".layers." + string(rune('0'+i)) + "."
		h := r.norm(x, at+"layer_norm1", 1e-6)
		mixed := attend(r.linear(h, at+"self_attn.q_proj"), r.linear(h, at+"self_attn.k_proj"), r.linear(h, at+"self_attn.v_proj"), heads, heads, false)
		x = plus(x, r.linear(mixed, at+"self_attn.out_proj"))
		h = each(r.linear(r.norm(x, at+"layer_norm2", 1e-6), at+"mlp.fc1"), tanhGELU)
		x = plus(x, r.linear(h, at+"mlp.fc2"))
	}
	return x
}

// tile is the features of one tile.
func (r reference) tile(v familytest.VLM, pixels []float32) rows64 {
	const at = "model.vision_model."
	side := v.Image / v.Patch
	kernel, bias := r.values(at+"embeddings.patch_embedding.weight"), r.values(at+"embeddings.patch_embedding.bias")
	places := r.values(at + "embeddings.position_embedding.weight")
	var x rows64
	for p := range side * side {
		row := make([]float64, v.Vision.Hidden)
		for o := range row {
			row[o] = bias[o] + places[p*len(row)+o]
			for c := range 3 {
				for dy := range v.Patch {
					for dx := range v.Patch {
						pixel := pixels[(c*v.Image+p/side*v.Patch+dy)*v.Image+p%side*v.Patch+dx]
						row[o] += float64(pixel) * kernel[((o*3+c)*v.Patch+dy)*v.Patch+dx]
					}
				}
			}
		}
		x = append(x, row)
	}
	x = r.norm(r.encoder(x, at+"encoder", v.Vision.Layers, v.Vision.Heads), at+"post_layernorm", 1e-6)
	var gathered rows64
	for y := 0; y < side; y += v.Scale {
		for c := 0; c < side; c += v.Scale {
			var row []float64
			for dy := range v.Scale {
				for dx := range v.Scale {
					row = append(row, x[(y+dy)*side+c+dx]...)
				}
			}
			gathered = append(gathered, row)
		}
	}
	return r.linear(gathered, "model.connector.modality_projection.proj")
}

func rotate(x rows64, dim int, theta float64) rows64 {
	for p, row := range x {
		for at := 0; at < len(row); at += dim {
			for i := range dim / 2 {
				sin, cos := math.Sincos(float64(p) * math.Pow(theta, -2*float64(i)/float64(dim)))
				a, b := row[at+i], row[at+i+dim/2]
				row[at+i], row[at+i+dim/2] = a*cos-b*sin, b*cos+a*sin
			}
		}
	}
	return x
}

// logits are those of every position.
func (r reference) logits(v familytest.VLM, p Prompt) rows64 {
	var features rows64
	for i := range p.Tiles {
		area := 3 * v.Image * v.Image
		features = append(features, r.tile(v, p.Pixels[i*area:(i+1)*area])...)
	}
	table := r.values("model.text_model.embed_tokens.weight")
	var x rows64
	for _, id := range p.IDs {
		row := append([]float64(nil), table[id*v.Hidden:][:v.Hidden]...)
		if id == v.ImageToken {
			row, features = features[0], features[1:]
		}
		x = append(x, row)
	}
	silu := func(x float64) float64 { return x / (1 + math.Exp(-x)) }
	for i := range v.Layers {
		at := "model.text_model.layers." + string(rune('0'+i)) + "."
		h := r.norm(x, at+"input_layernorm", 1e-5)
		q := rotate(r.linear(h, at+"self_attn.q_proj"), v.HeadDim, v.Theta)
		k := rotate(r.linear(h, at+"self_attn.k_proj"), v.HeadDim, v.Theta)
		mixed := attend(q, k, r.linear(h, at+"self_attn.v_proj"), v.Heads, v.KVHeads, true)
		x = plus(x, r.linear(mixed, at+"self_attn.o_proj"))
		h = r.norm(x, at+"post_attention_layernorm", 1e-5)
		gate, up := each(r.linear(h, at+"mlp.gate_proj"), silu), r.linear(h, at+"mlp.up_proj")
		for i := range gate {
			for k := range gate[i] {
				gate[i][k] *= up[i][k]
			}
		}
		x = plus(x, r.linear(gate, at+"mlp.down_proj"))
	}
	head := "lm_head"
	if v.Tied {
		head = "model.text_model.embed_tokens"
	}
	return r.linear(r.norm(x, "model.text_model.norm", 1e-5), head)
}

func TestAgainstReference(t *testing.T) {
	odd := small()
	plainer := familytest.VLM{
		Type: "idefics3", Vision: familytest.Encoder{Hidden: 21, MLP: 17, Layers: 1, Heads: 1}, Image: 13, Patch: 3, Scale: 1, Longest: 26,
		Hidden: 33, MLP: 70, Layers: 2, Heads: 3, KVHeads: 3, HeadDim: 22, Vocabulary: 103, Positions: 90, ImageToken: 99, Theta: 1e6,
	}
	wide := familytest.VLM{
		Type: "smolvlm", Vision: familytest.Encoder{Hidden: 64, MLP: 128, Layers: 2, Heads: 2}, Image: 32, Patch: 8, Scale: 2, Longest: 64,
		Hidden: 64, MLP: 96, Layers: 2, Heads: 8, KVHeads: 2, HeadDim: 32, Vocabulary: 120, Positions: 90, ImageToken: 99, Theta: 1e4, MLPBias: true,
	}
	for name, v := range map[string]familytest.VLM{"odd": odd, "plainer": plainer, "wide": wide} {
		for _, dtype := range map[string][]safetensors.DType{
			"odd": {safetensors.BF16}, "plainer": {safetensors.F32}, "wide": {safetensors.F16},
		}[name] {
			dir := writeFolder(t, v.Folder(), dtype)
			m, err := model.Open(t.Context(), dir, model.Options{})
			if err != nil {
				t.Fatal(err)
			}
			p := smallPrompt(v, 40)
			p.AllLogits = true
			rec := newRecorder()
			if _, err := session(t, openNetwork(t, dir), 40).Prefill(t.Context(), p, rec); err != nil {
				t.Fatal(err)
			}
			var want []float32
			for _, row := range (reference{t, m}).logits(v, p) {
				for _, x := range row {
					want = append(want, float32(x))
				}
			}
			near(t, name+" "+string(dtype), rec.data["all_logits"], want, tolerance)
			if err := m.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
