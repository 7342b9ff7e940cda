package family

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/nn"
	"github.com/mmtui/mmtui/core/safetensors"
	"github.com/mmtui/mmtui/internal/pool"
	"github.com/mmtui/mmtui/internal/sharedtest"
)

// read parses a config by its family's reader.
func read(data []byte) (any, error) {
	c, err := parseConfig("config.json", data)
	if err != nil {
		return nil, err
	}
	e, err := find(c)
	if err != nil {
		return nil, err
	}
	switch e.modelType {
	case "clip":
		return readCLIP(c)
	case "siglip":
		return readSigLIP(c)
	}
	return readIdefics3(c)
}

func mustRead(t *testing.T, data []byte) any {
	t.Helper()
	v, err := read(data)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A key that is left out means what the class's default says, spelled out.
func TestDefaults(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(sharedtest.Dir(t), "fixtures", "models", "defaults.json"))
	if err != nil {
		t.Fatal(err)
	}
	var classes map[string]map[string]any
	if err := json.Unmarshal(data, &classes); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"smolvlm", "idefics3", "clip", "siglip"} {
		text := classes[kind+" text_config"]
		if text == nil {
			text = classes[kind+" text_config when the key is absent"]
		}
		spelled := map[string]any{"vision_config": classes[kind+" vision_config"], "text_config": text}
		for key, value := range classes[kind+" (top)"] {
			spelled[key] = value
		}
		full, err := json.Marshal(spelled)
		if err != nil {
			t.Fatal(err)
		}
		bare := []byte(`{"model_type": "` + kind + `"}`)
		if kind == "smolvlm" || kind == "idefics3" {
			// The class's own patch grid, 7×7, is not a multiple of its scale, 2.
			bare = []byte(`{"model_type": "` + kind + `", "scale_factor": 7}`)
			full = []byte(strings.Replace(string(full), `"scale_factor":2`, `"scale_factor":7`, 1))
		}
		if got, want := mustRead(t, bare), mustRead(t, full); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: left out is %+v\nspelled out %+v", kind, got, want)
		}
		if kind == "smolvlm" {
			spelled["text_config"] = classes["llama (text_config present, model_type llama)"]
			spelled["scale_factor"] = 7
			full, err = json.Marshal(spelled)
			if err != nil {
				t.Fatal(err)
			}
			got := mustRead(t, []byte(`{"model_type": "smolvlm", "scale_factor": 7, "text_config": {}}`))
			if want := mustRead(t, full); !reflect.DeepEqual(got, want) {
				t.Errorf("text_config {}: %+v\nspelled out %+v", got, want)
			}
		}
	}
}

// transformers 4 and 5 write the same model's config in two layouts.
func TestBothLayouts(t *testing.T) {
	root := filepath.Join(sharedtest.Dir(t), "fixtures", "models")
	folders, err := filepath.Glob(filepath.Join(root, "*-tiny*"))
	if err != nil || len(folders) != 6 {
		t.Fatalf("%d folders, %v", len(folders), err)
	}
	for _, dir := range folders {
		var got [2]any
		for i, name := range []string{"config.json", filepath.Join("hub4", "config.json")} {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			got[i] = mustRead(t, data)
		}
		if !reflect.DeepEqual(got[0], got[1]) {
			t.Errorf("%s: %+v\nhub4: %+v", filepath.Base(dir), got[0], got[1])
		}
	}
}

// vlm is a small config with one text_config key more.
func vlm(text string) []byte {
	return []byte(`{"model_type": "smolvlm", "vision_config": {"image_size": 64, "patch_size": 16, "hidden_size": 32, "num_attention_heads": 4},
		"text_config": {"hidden_size": 48, "num_attention_heads": 6, "rms_norm_eps": 1e-5` + text + `}}`)
}

func TestRopeLayouts(t *testing.T) {
	llama3 := nn.RopeConfig{Type: "llama3", Dim: 8, Theta: 500000, Factor: 8, LowFreq: 1, HighFreq: 4, Original: 64}
	for text, want := range map[string]nn.RopeConfig{
		``:                       {Type: "default", Dim: 8, Theta: 10000, Factor: 1},
		`, "rope_theta": 100000`: {Type: "default", Dim: 8, Theta: 100000, Factor: 1},
		`, "rope_theta": 5, "rope_scaling": null`:                                      {Type: "default", Dim: 8, Theta: 5, Factor: 1},
		`, "rope_theta": 5, "rope_scaling": {}`:                                        {Type: "default", Dim: 8, Theta: 5, Factor: 1},
		`, "rope_scaling": {"type": "linear", "factor": 2}`:                            {Type: "linear", Dim: 8, Theta: 10000, Factor: 2},
		`, "rope_parameters": {"rope_type": "linear", "rope_theta": 7, "factor": 2.5}`: {Type: "linear", Dim: 8, Theta: 7, Factor: 2.5},
		`, "rope_theta": 500000, "rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 64}`: llama3,
		`, "rope_parameters": {"rope_type": "llama3", "rope_theta": 500000.0, "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4}, "max_position_embeddings": 64`:     llama3,
		`, "rope_parameters": {"rope_type": "default", "rope_theta": 3}, "rope_scaling": {"rope_type": "linear", "factor": 2}`:                                              {Type: "linear", Dim: 8, Theta: 10000, Factor: 2},
		`, "head_dim": 10, "partial_rotary_factor": 1.0`: {Type: "default", Dim: 10, Theta: 10000, Factor: 1},
	} {
		if got := mustRead(t, vlm(text)).(idefics3Config).decoder.rope; got != want {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
}

// Every wrong key is named, all in one error.
func TestWrongConfigs(t *testing.T) {
	for data, want := range map[string][]string{
		``:                                      {"not a JSON object"},
		`null`:                                  {"null in place of an object"},
		`[1]`:                                   {"not a JSON object"},
		`{"model_type": 5}`:                     {"model_type: 5 is not a string"},
		`{}`:                                    {"no model_type", "smolvlm, idefics3, clip, siglip"},
		`{"model_type": "blip"}`:                {`"blip"`, "smolvlm, idefics3, clip, siglip"},
		`{"model_type": "siglip2"}`:             {"NaFlex"},
		`{"model_type": "clip_vision_model"}`:   {"image tower saved alone", "text tower"},
		`{"model_type": "siglip_text_model"}`:   {"text tower saved alone", "image tower"},
		`{"model_type": "smolvlm_vision"}`:      {"image encoder saved alone", "text model"},
		`{"model_type": "smolvlm"}`:             {"scale_factor: a tile of 7×7 patches"},
		string(vlm(`, "num_hidden_layers": 0`)): {"text_config.num_hidden_layers: 0 is not between 1 and 1024"},
		string(vlm(`, "num_hidden_layers": -3, "vocab_size": 1e3`)):                                                   {"text_config.num_hidden_layers: -3", "text_config.vocab_size: 1e3 is not a whole number"},
		string(vlm(`, "intermediate_size": 99999999999999999999`)):                                                    {"text_config.intermediate_size: 99999999999999999999 is not a whole number"},
		string(vlm(`, "intermediate_size": 9000000`)):                                                                 {"text_config.intermediate_size: 9000000 is not between"},
		string(vlm(`, "num_key_value_heads": 4`)):                                                                     {"text_config.num_key_value_heads: 6 heads are not a multiple of 4"},
		string(vlm(`, "head_dim": 7`)):                                                                                {"text_config.head_dim: 7 is odd"},
		string(vlm(`, "hidden_act": "geglu", "mlp_bias": "yes"`)):                                                     {`text_config.hidden_act: activation "geglu" is not known`, `text_config.mlp_bias: "yes" is neither true nor false`},
		string(vlm(`, "model_type": "qwen2"`)):                                                                        {"text_config.model_type: qwen2: only llama"},
		string(vlm(`, "rope_scaling": {"rope_type": "longrope", "factor": 4}`)):                                       {"text_config.rope_scaling.rope_type: longrope is not built"},
		string(vlm(`, "rope_scaling": {"type": "linear"}`)):                                                           {"text_config.rope_scaling.factor: missing"},
		string(vlm(`, "rope_scaling": {"type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 4}`)): {"high_freq_factor: 4 is not above low_freq_factor 4"},
		string(vlm(`, "rope_scaling": [2]`)):                                                                          {"text_config.rope_scaling: [2] is not an object"},
		string(vlm(`, "rope_theta": 0, "partial_rotary_factor": 0.5`)):                                                {"rope_theta: 0 is not a number above zero", "partial_rotary_factor: 0.5"},
		`{"model_type": "clip", "text_config": {"hidden_size": 500}}`:                                                 {"text_config.num_attention_heads: hidden_size 500 is not a multiple of 8 heads"},
		`{"model_type": "clip", "vision_config": 3}`:                                                                  {"vision_config: 3 is not an object"},
		`{"model_type": "clip", "vision_config": {"num_channels": 1, "patch_size": 300}}`:                             {"num_channels: 1", "patch_size: 300 pixels in a picture of image_size 224"},
		`{"model_type": "siglip", "text_config": {"projection_size": 512}}`:                                           {"text_config.projection_size: 512 is not the hidden_size 768"},
		`{"model_type": "siglip", "vision_config": {"vision_use_head": false}}`:                                       {"vision_config.vision_use_head: false"},
	} {
		_, err := read([]byte(data))
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%s:\nerror %v\nwant %q in it", data, err, w)
			}
		}
		if err != nil && !errors.Is(err, ErrConfig) && !errors.Is(err, ErrUnknown) {
			t.Errorf("%s: %v wraps neither ErrConfig nor ErrUnknown", data, err)
		}
	}
}

// The published 256M model's config says nothing of much that it has.
func TestPublishedConfig(t *testing.T) {
	got := mustRead(t, []byte(`{
		"architectures": ["Idefics3ForConditionalGeneration"], "image_token_id": 49190, "model_type": "idefics3", "scale_factor": 4,
		"text_config": {"_flash_attn_2_enabled": true, "architectures": ["VLlama3ForCausalLM"], "head_dim": 64, "hidden_size": 576,
			"intermediate_size": 1536, "is_llama_config": true, "max_position_embeddings": 8192, "model_type": "llama",
			"neftune_noise_alpha": 0.0, "num_attention_heads": 9, "num_hidden_layers": 30, "num_key_value_heads": 3, "pad_token_id": 2,
			"perceiver_config": {"num_key_value_heads": 1, "hidden_act": "silu"}, "pixel_shuffle_factor": 4, "qk_layer_norms": false,
			"rms_norm_eps": 1e-05, "rope_interleaved": false, "rope_theta": 100000, "torch_dtype": "bfloat16", "use_resampler": false, "vocab_size": 49280},
		"tie_word_embeddings": false, "torch_dtype": "bfloat16", "use_cache": true, "vocab_size": 49280,
		"vision_config": {"hidden_size": 768, "image_size": 512, "max_image_size": {"longest_edge": 512}, "model_type": "idefics3_vision",
			"num_attention_heads": 12, "patch_size": 16, "size": {"longest_edge": 2048}, "tie_word_embeddings": false, "use_base_siglip": true}}`)).(idefics3Config)
	want := idefics3Config{
		patches: patchConfig{3, 512, 16}, encoder: encoderConfig{768, 3072, 12, 12, nn.GELUTanh, 1e-6}, scale: 4, imageToken: 49190,
		decoder: llamaConfig{
			hidden: 576, mlp: 1536, layers: 30, heads: 9, kvHeads: 3, headDim: 64, vocabulary: 49280, positions: 8192,
			act: nn.SiLU, eps: 1e-5, rope: nn.RopeConfig{Type: "default", Theta: 100000, Dim: 64, Factor: 1},
		},
	}
	if got != want {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	n := &idefics3{idefics3Config: got}
	if n.FeaturesPerTile() != 64 || n.TileSize() != 512 {
		t.Errorf("%d features a tile of %d pixels", n.FeaturesPerTile(), n.TileSize())
	}
	// About 215 GFLOP a tile, the figure of the published shape.
	if tile := n.Prefill(2, 90).FLOP - n.Prefill(1, 90).FLOP; tile < 205e9 || tile > 225e9 {
		t.Errorf("a tile costs %.3g", tile)
	}
}

// Folders of CLIP's first versions repeat a config as KEY_dict, which wins.
func TestCLIPConfigDict(t *testing.T) {
	got := mustRead(t, []byte(`{"model_type": "clip", "text_config": {"hidden_size": 64}, "text_config_dict": {"hidden_size": 128}, "vision_config_dict": null}`)).(dualConfig)
	if got.text.encoder.hidden != 128 || got.image.encoder.hidden != 768 {
		t.Errorf("text %d, vision %d", got.text.encoder.hidden, got.image.encoder.hidden)
	}
}

// A config of any bytes is read or refused, and what is read has sizes that
// nothing divides by zero with.
func FuzzConfig(f *testing.F) {
	f.Add(vlm(`, "rope_parameters": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4}`))
	f.Add([]byte(`{"model_type": "clip", "vision_config": {"patch_size": 14}}`))
	f.Add([]byte(`{"model_type": "siglip", "text_config": {"projection_size": null}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := read(data)
		if err != nil {
			return
		}
		switch c := got.(type) {
		case idefics3Config:
			n := &idefics3{idefics3Config: c}
			if n.FeaturesPerTile() < 1 || n.Prefill(2, 100).FLOP <= 0 || n.Decode(9).MemoryBytes <= 0 {
				t.Errorf("%+v", c)
			}
			if _, err := nn.NewRope(c.decoder.rope, 2); err != nil {
				t.Errorf("%+v: %v", c.decoder.rope, err)
			}
		case dualConfig:
			n := &dual{config: c, dim: c.dim}
			if n.ImageCost(3).FLOP <= 0 || n.TextCost(3, 5).MemoryBytes <= 0 {
				t.Errorf("%+v", c)
			}
		}
	})
}

// A config of any bytes beside the weights of a small model is refused, or runs.
func FuzzOpen(f *testing.F) {
	v := small()
	dir := writeFolder(f, v.Folder(), safetensors.F32)
	data, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		f.Fatal(err)
	}
	m, err := model.Open(f.Context(), dir, model.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = m.Close() })
	workers := pool.New(2)
	f.Cleanup(workers.Close)
	f.Add(data)
	f.Add([]byte(strings.Replace(string(data), `"num_attention_heads": 3`, `"num_attention_heads": 9`, 1)))
	f.Add([]byte(strings.Replace(string(data), `"image_size": 24`, `"image_size": 27`, 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parseConfig("config.json", data)
		if err != nil {
			return
		}
		e, err := find(c)
		if err != nil {
			return
		}
		n, err := e.open(t.Context(), c, newLoader(t.Context(), m, Options{Pool: workers}))
		if err != nil {
			if !errors.Is(err, ErrConfig) && !errors.Is(err, ErrWeights) {
				t.Errorf("%v wraps neither ErrConfig nor ErrWeights", err)
			}
			return
		}
		defer n.Close()
		g := n.(Generator)
		p := smallPrompt(v, 14)
		p.Height, p.Width = g.TileSize(), g.TileSize()
		p.Pixels = make([]float32, 2*3*p.Height*p.Width)
		p.Pixels[0], p.Pixels[len(p.Pixels)-1] = 1, 1
		s := session(t, n, min(20, g.Context()))
		if logits, err := s.Prefill(t.Context(), p, nil); err == nil && len(logits) != g.Vocabulary() {
			t.Errorf("%d logits", len(logits))
		}
	})
}

// The n for which rounding takes a full grid out of raster order, as the
// published library shows them.
func TestPositionsOfFullGrids(t *testing.T) {
	var odd []int
	for n := 1; n <= 50; n++ {
		ids, err := positionIDs(n, n, n, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, id := range ids {
			if id != i {
				odd = append(odd, n)
				break
			}
		}
	}
	if want := []int{19, 25, 29, 31, 38, 40, 41, 43, 47, 49, 50}; !reflect.DeepEqual(odd, want) {
		t.Errorf("%v, want %v", odd, want)
	}
}

func TestFold(t *testing.T) {
	got := fold([]string{"norm [4]", "a.layers.2.x [4]", "a.layers.0.x [4]", "a.layers.1.x [4]", "a.layers.7.x [4]", "a.layers.3.y [4]", "a.layers.q.y"})
	want := []string{"norm [4]", "a.layers.{0-2,7}.x [4]", "a.layers.3.y [4]", "a.layers.q.y"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
