package familytest

import "fmt"

// Encoder is a ViT or a text encoder of CLIP or SigLIP.
type Encoder struct{ Hidden, MLP, Layers, Heads int }

// layers adds the tensors under PREFIX.layers.
func (f *Folder) layers(prefix string, e Encoder) {
	for i := range e.Layers {
		at := fmt.Sprintf("%s.layers.%d.", prefix, i)
		f.add(at+"layer_norm1", true, e.Hidden)
		f.add(at+"layer_norm2", true, e.Hidden)
		for _, p := range []string{"q_proj", "k_proj", "v_proj", "out_proj"} {
			f.add(at+"self_attn."+p, true, e.Hidden, e.Hidden)
		}
		f.add(at+"mlp.fc1", true, e.MLP, e.Hidden)
		f.add(at+"mlp.fc2", true, e.Hidden, e.MLP)
	}
}

func (e Encoder) config() map[string]any {
	return map[string]any{"hidden_size": e.Hidden, "intermediate_size": e.MLP, "num_hidden_layers": e.Layers, "num_attention_heads": e.Heads}
}

// VLM is a SmolVLM or Idefics3.
type VLM struct {
	Type                                         string // "smolvlm" or "idefics3"
	Vision                                       Encoder
	Image, Patch, Scale, Longest                 int
	Hidden, MLP, Layers, Heads, KVHeads, HeadDim int
	Vocabulary, Positions, ImageToken            int
	Theta                                        float64
	Tied, AttentionBias, MLPBias                 bool
}

// SmolVLM256M has the shape of the published 256M model.
func SmolVLM256M() VLM {
	return VLM{
		Type: "smolvlm", Vision: Encoder{768, 3072, 12, 12}, Image: 512, Patch: 16, Scale: 4, Longest: 2048,
		Hidden: 576, MLP: 1536, Layers: 30, Heads: 9, KVHeads: 3, HeadDim: 64,
		Vocabulary: 49280, Positions: 8192, ImageToken: 49190, Theta: 100000,
	}
}

// SmolVLM500M has the shape of the published 500M model.
func SmolVLM500M() VLM {
	v := SmolVLM256M()
	v.Hidden, v.MLP, v.Layers, v.Heads, v.KVHeads = 960, 2560, 32, 15, 5
	return v
}

// Folder is the model's config, processor and tensors.
func (v VLM) Folder() *Folder {
	f := &Folder{Tensors: map[string][]int{}, Config: v.config(), Processor: v.processor()}
	d, side := v.Vision.Hidden, v.Image/v.Patch
	f.add("model.vision_model.embeddings.patch_embedding", true, d, 3, v.Patch, v.Patch)
	f.add("model.vision_model.embeddings.position_embedding", false, side*side, d)
	f.layers("model.vision_model.encoder", v.Vision)
	f.add("model.vision_model.post_layernorm", true, d)
	f.add("model.connector.modality_projection.proj", false, v.Hidden, d*v.Scale*v.Scale)
	f.add("model.text_model.embed_tokens", false, v.Vocabulary, v.Hidden)
	for i := range v.Layers {
		at := fmt.Sprintf("model.text_model.layers.%d.", i)
		f.add(at+"input_layernorm", false, v.Hidden)
		f.add(at+"post_attention_layernorm", false, v.Hidden)
		f.add(at+"self_attn.q_proj", v.AttentionBias, v.Heads*v.HeadDim, v.Hidden)
		f.add(at+"self_attn.k_proj", v.AttentionBias, v.KVHeads*v.HeadDim, v.Hidden)
		f.add(at+"self_attn.v_proj", v.AttentionBias, v.KVHeads*v.HeadDim, v.Hidden)
		f.add(at+"self_attn.o_proj", v.AttentionBias, v.Hidden, v.Heads*v.HeadDim)
		f.add(at+"mlp.gate_proj", v.MLPBias, v.MLP, v.Hidden)
		f.add(at+"mlp.up_proj", v.MLPBias, v.MLP, v.Hidden)
		f.add(at+"mlp.down_proj", v.MLPBias, v.Hidden, v.MLP)
	}
	f.add("model.text_model.norm", false, v.Hidden)
	if !v.Tied {
		f.add("lm_head", false, v.Vocabulary, v.Hidden)
	}
	return f
}

func (v VLM) config() map[string]any {
	vision := v.Vision.config()
	vision["model_type"], vision["image_size"], vision["patch_size"] = v.Type+"_vision", v.Image, v.Patch
	return map[string]any{
		"model_type": v.Type, "architectures": []string{map[string]string{"smolvlm": "SmolVLM", "idefics3": "Idefics3"}[v.Type] + "ForConditionalGeneration"},
		"image_token_id": v.ImageToken, "scale_factor": v.Scale, "tie_word_embeddings": v.Tied, "vision_config": vision,
		"text_config": map[string]any{
			"model_type": "llama", "hidden_size": v.Hidden, "intermediate_size": v.MLP, "num_hidden_layers": v.Layers,
			"num_attention_heads": v.Heads, "num_key_value_heads": v.KVHeads, "head_dim": v.HeadDim, "vocab_size": v.Vocabulary,
			"max_position_embeddings": v.Positions, "rope_theta": v.Theta, "rms_norm_eps": 1e-5,
			"attention_bias": v.AttentionBias, "mlp_bias": v.MLPBias,
		},
	}
}

func (v VLM) processor() map[string]any {
	half := []float64{0.5, 0.5, 0.5}
	side := v.Image / v.Patch / v.Scale
	name := map[string]string{"smolvlm": "SmolVLM", "idefics3": "Idefics3"}[v.Type]
	return map[string]any{
		"processor_class": name + "Processor", "image_seq_len": side * side,
		"image_processor": map[string]any{
			"image_processor_type": name + "ImageProcessor", "do_convert_rgb": true, "do_image_splitting": true, "do_normalize": true,
			"do_pad": true, "do_rescale": true, "do_resize": true, "image_mean": half, "image_std": half, "resample": 1, "rescale_factor": 1.0 / 255,
			"max_image_size": map[string]int{"longest_edge": v.Image}, "size": map[string]int{"longest_edge": v.Longest},
		},
	}
}

// Dual is a CLIP or SigLIP.
type Dual struct {
	Type                         string // "clip" or "siglip"
	Vision, Text                 Encoder
	Image, Patch                 int
	Vocabulary, Positions, Width int // Width is that of an embedding
	EOS                          int
}

// CLIPB32 has the shape of the published ViT-B/32.
func CLIPB32() Dual {
	return Dual{
		Type: "clip", Vision: Encoder{768, 3072, 12, 12}, Text: Encoder{512, 2048, 12, 8}, Image: 224, Patch: 32,
		Vocabulary: 49408, Positions: 77, Width: 512, EOS: 2,
	}
}

// SigLIPB16 has the shape of the published base model of 224 pixels.
func SigLIPB16() Dual {
	return Dual{
		Type: "siglip", Vision: Encoder{768, 3072, 12, 12}, Text: Encoder{768, 3072, 12, 12}, Image: 224, Patch: 16,
		Vocabulary: 32000, Positions: 64, Width: 768, EOS: 1,
	}
}

// Folder is the model's config, processor and tensors.
func (m Dual) Folder() *Folder {
	f := &Folder{Tensors: map[string][]int{}, Config: m.config(), Processor: m.processor()}
	d, side, clip := m.Vision.Hidden, m.Image/m.Patch, m.Type == "clip"
	f.add("vision_model.embeddings.patch_embedding", !clip, d, 3, m.Patch, m.Patch)
	positions := side * side
	if clip {
		positions++
		f.Tensors["vision_model.embeddings.class_embedding"] = []int{d}
		f.add("vision_model.pre_layrnorm", true, d)
	}
	f.add("vision_model.embeddings.position_embedding", false, positions, d)
	f.layers("vision_model.encoder", m.Vision)
	f.add("vision_model.post_layernorm", true, d)
	f.add("text_model.embeddings.token_embedding", false, m.Vocabulary, m.Text.Hidden)
	f.add("text_model.embeddings.position_embedding", false, m.Positions, m.Text.Hidden)
	f.layers("text_model.encoder", m.Text)
	f.add("text_model.final_layer_norm", true, m.Text.Hidden)
	if clip {
		f.add("visual_projection", false, m.Width, d)
		f.add("text_projection", false, m.Width, m.Text.Hidden)
		f.Tensors["logit_scale"] = []int{}
		return f
	}
	f.add("text_model.head", true, m.Width, m.Text.Hidden)
	head := "vision_model.head."
	f.Tensors[head+"probe"] = []int{1, 1, d}
	f.Tensors[head+"attention.in_proj_weight"], f.Tensors[head+"attention.in_proj_bias"] = []int{3 * d, d}, []int{3 * d}
	f.add(head+"attention.out_proj", true, d, d)
	f.add(head+"layernorm", true, d)
	f.add(head+"mlp.fc1", true, m.Vision.MLP, d)
	f.add(head+"mlp.fc2", true, d, m.Vision.MLP)
	f.Tensors["logit_scale"], f.Tensors["logit_bias"] = []int{1}, []int{1}
	return f
}

func (m Dual) config() map[string]any {
	vision, text := m.Vision.config(), m.Text.config()
	vision["image_size"], vision["patch_size"] = m.Image, m.Patch
	text["vocab_size"], text["max_position_embeddings"], text["eos_token_id"] = m.Vocabulary, m.Positions, m.EOS
	c := map[string]any{"model_type": m.Type, "vision_config": vision, "text_config": text, "architectures": []string{"CLIPModel"}}
	if m.Type == "clip" {
		c["projection_dim"] = m.Width
		return c
	}
	c["architectures"] = []string{"SiglipModel"}
	text["projection_size"] = m.Width
	return c
}

func (m Dual) processor() map[string]any {
	image := map[string]any{
		"do_convert_rgb": true, "do_normalize": true, "do_rescale": true, "do_resize": true, "resample": 3, "rescale_factor": 1.0 / 255,
	}
	square := map[string]int{"height": m.Image, "width": m.Image}
	if m.Type == "clip" {
		image["image_processor_type"], image["do_center_crop"], image["crop_size"] = "CLIPImageProcessor", true, square
		image["size"] = map[string]int{"shortest_edge": m.Image}
		image["image_mean"] = []float64{0.48145466, 0.4578275, 0.40821073}
		image["image_std"] = []float64{0.26862954, 0.26130258, 0.27577711}
		return map[string]any{"processor_class": "CLIPProcessor", "image_processor": image}
	}
	image["image_processor_type"], image["size"] = "SiglipImageProcessor", square
	image["image_mean"], image["image_std"] = []float64{0.5, 0.5, 0.5}, []float64{0.5, 0.5, 0.5}
	return map[string]any{"processor_class": "SiglipProcessor", "image_processor": image}
}
