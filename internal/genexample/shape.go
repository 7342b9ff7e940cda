package main

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/mmtui/mmtui/core/safetensors"
)

// The sizes of the model.
const (
	imageSize    = 64
	patchSize    = 8
	visionWidth  = 64
	visionMLP    = 256
	visionHeads  = 4
	visionBlocks = 2
	shuffle      = 2 // patches that the connector joins along each side
	textWidth    = 96
	textMLP      = 256
	textHeads    = 6
	textKVHeads  = 3
	textBlocks   = 2
	vocabulary   = 1024
	positions    = 1024
)

// model gathers tensors.
type model struct{ entries []safetensors.Entry }

// entries are all tensors: the vision part in F32, the rest in BF16, norms in F32.
func entries() []safetensors.Entry {
	m := &model{}
	m.vision("model.vision_model")
	m.linear("model.connector.modality_projection.proj.weight", safetensors.BF16, textWidth, visionWidth*shuffle*shuffle)
	m.text("model.text_model")
	m.table("lm_head.weight", safetensors.BF16, vocabulary, textWidth)
	return m.entries
}

func (m *model) add(name string, d safetensors.DType, values []float32, shape ...int) {
	plant(name, values, shape)
	m.entries = append(m.entries, safetensors.FloatsEntry(name, d, shape, values))
}

// linear adds a weight [out, in] of the usual size for its number of inputs.
func (m *model) linear(name string, d safetensors.DType, out, in int) {
	m.add(name, d, newWeights(name).fill(out*in, fanIn(in)), out, in)
}

// fanIn is 1/√n for the powers of two and their simple multiples that occur here.
func fanIn(n int) float64 {
	switch n {
	case textWidth:
		return 0.102
	case visionWidth:
		return 0.125
	case 3 * patchSize * patchSize:
		return 0.072
	}
	return 0.0625
}

// table adds an embedding [rows, width].
func (m *model) table(name string, d safetensors.DType, rows, width int) {
	m.add(name, d, newWeights(name).fill(rows*width, 0.02), rows, width)
}

func (m *model) bias(name string, n int) {
	m.add(name, safetensors.F32, newWeights(name).around(n, 0, 0.01), n)
}

func (m *model) norm(name string, n int, withBias bool) {
	m.add(name+".weight", safetensors.F32, newWeights(name+".weight").around(n, 1, 0.05), n)
	if withBias {
		m.bias(name+".bias", n)
	}
}

func (m *model) vision(at string) {
	patch := at + ".embeddings.patch_embedding"
	m.add(patch+".weight", safetensors.F32, newWeights(patch).fill(visionWidth*3*patchSize*patchSize, fanIn(3*patchSize*patchSize)),
		visionWidth, 3, patchSize, patchSize)
	m.bias(patch+".bias", visionWidth)
	m.table(at+".embeddings.position_embedding.weight", safetensors.F32, (imageSize/patchSize)*(imageSize/patchSize), visionWidth)
	for i := range visionBlocks {
		block := fmt.Sprintf("%s.encoder.layers.%d", at, i)
		m.norm(block+".layer_norm1", visionWidth, true)
		for _, p := range []string{"q_proj", "k_proj", "v_proj", "out_proj"} {
			m.linear(block+".self_attn."+p+".weight", safetensors.F32, visionWidth, visionWidth)
			m.bias(block+".self_attn."+p+".bias", visionWidth)
		}
		m.norm(block+".layer_norm2", visionWidth, true)
		m.linear(block+".mlp.fc1.weight", safetensors.F32, visionMLP, visionWidth)
		m.bias(block+".mlp.fc1.bias", visionMLP)
		m.linear(block+".mlp.fc2.weight", safetensors.F32, visionWidth, visionMLP)
		m.bias(block+".mlp.fc2.bias", visionWidth)
	}
	m.norm(at+".post_layernorm", visionWidth, true)
}

func (m *model) text(at string) {
	m.table(at+".embed_tokens.weight", safetensors.BF16, vocabulary, textWidth)
	kv := textWidth / textHeads * textKVHeads
	for i := range textBlocks {
		block := fmt.Sprintf("%s.layers.%d", at, i)
		m.norm(block+".input_layernorm", textWidth, false)
		m.linear(block+".self_attn.q_proj.weight", safetensors.BF16, textWidth, textWidth)
		m.linear(block+".self_attn.k_proj.weight", safetensors.BF16, kv, textWidth)
		m.linear(block+".self_attn.v_proj.weight", safetensors.BF16, kv, textWidth)
		m.linear(block+".self_attn.o_proj.weight", safetensors.BF16, textWidth, textWidth)
		m.norm(block+".post_attention_layernorm", textWidth, false)
		m.linear(block+".mlp.gate_proj.weight", safetensors.BF16, textMLP, textWidth)
		m.linear(block+".mlp.up_proj.weight", safetensors.BF16, textMLP, textWidth)
		m.linear(block+".mlp.down_proj.weight", safetensors.BF16, textWidth, textMLP)
	}
	m.norm(at+".norm", textWidth, false)
}

// config is config.json in the form of the Hugging Face library.
func config() ([]byte, error) {
	type object = map[string]any
	text, err := json.MarshalIndent(object{
		"_comment":       label,
		"architectures":  []string{"SmolVLMForConditionalGeneration"},
		"model_type":     "smolvlm",
		"scale_factor":   shuffle,
		"image_token_id": slices.Index(specials(), "<image>"),
		"vision_config": object{"model_type": "smolvlm_vision", "hidden_size": visionWidth, "intermediate_size": visionMLP,
			"num_attention_heads": visionHeads, "num_hidden_layers": visionBlocks, "image_size": imageSize, "patch_size": patchSize},
		"text_config": object{"model_type": "llama", "hidden_size": textWidth, "intermediate_size": textMLP,
			"num_attention_heads": textHeads, "num_key_value_heads": textKVHeads, "num_hidden_layers": textBlocks,
			"vocab_size": vocabulary, "max_position_embeddings": positions, "rms_norm_eps": 1e-5},
		"tie_word_embeddings": false,
	}, "", "  ")
	return append(text, '\n'), err
}
