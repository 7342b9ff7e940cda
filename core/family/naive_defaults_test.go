package family_test

import (
	"maps"
	"os"
	"slices"
	"testing"
)

// copyObject copies an object and the objects in it.
func copyObject(o object) object {
	c := object{}
	for k, v := range o {
		if inner, ok := v.(object); ok {
			v = copyObject(inner)
		}
		c[k] = v
	}
	return c
}

// eachWithout calls f with the config short of one key, for every key but
// that which names the family. Without $MMTUI_SEEDS it leaves alone the keys
// whose defaults make a large model: TestDefaults knows those by value.
func eachWithout(t *testing.T, o object, f func(t *testing.T, short object)) {
	t.Helper()
	large := []string{"hidden_size", "intermediate_size", "vocab_size", "num_hidden_layers", "image_size"}
	for _, at := range []string{"", "text_config", "vision_config"} {
		in := o
		if at != "" {
			in = o.object(at)
		}
		for _, key := range slices.Sorted(maps.Keys(in)) {
			if _, nested := in[key].(object); nested && at == "" || at == "" && key == "model_type" {
				continue
			}
			if os.Getenv("MMTUI_SEEDS") == "" && slices.Contains(large, key) {
				continue
			}
			t.Run(at+"."+key, func(t *testing.T) {
				short := copyObject(o)
				if at == "" {
					delete(short, key)
				} else {
					delete(short.object(at), key)
				}
				f(t, short)
			})
		}
	}
}

// smallVLM has no value that is a default.
func smallVLM(kind string) object {
	return object{
		"model_type": kind, "architectures": []string{"ForConditionalGeneration"},
		"scale_factor": 1, "image_token_id": 7, "tie_word_embeddings": true,
		"text_config": object{
			"model_type": "llama", "num_attention_heads": 4, "num_key_value_heads": 2,
			"hidden_size": 32, "head_dim": 6, "intermediate_size": 12, "num_hidden_layers": 2,
			"hidden_act": "gelu", "rms_norm_eps": 1e-3, "vocab_size": 30,
			"max_position_embeddings": 80, "attention_bias": true, "mlp_bias": true,
			"tie_word_embeddings": true, "rope_parameters": object{
				"rope_type": "llama3", "rope_theta": 500.0,
				"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
			},
		},
		"vision_config": object{
			"num_attention_heads": 4, "hidden_size": 32, "intermediate_size": 12,
			"num_hidden_layers": 2, "hidden_act": "relu", "layer_norm_eps": 1e-3,
			"image_size": 32, "patch_size": 16, "num_channels": 3,
		},
	}
}

// TestKeysOfGeneratorsLeftOut leaves every key out in turn: the class default
// holds, whatever else of the folder goes by it.
func TestKeysOfGeneratorsLeftOut(t *testing.T) {
	kinds := []string{"smolvlm", "idefics3"} // one code
	if os.Getenv("MMTUI_SEEDS") == "" {
		kinds = kinds[:1]
	}
	for _, kind := range kinds {
		eachWithout(t, smallVLM(kind), func(t *testing.T, short object) {
			d := newDice(1)
			f := &folder{config: short, dtype: "F32", shards: 1}
			c := readVLM(short)
			f.weights = d.vlmWeights(c, f.dtype)
			tiles := 1
			if c.imageToken >= c.vocabulary {
				tiles = 0 // no token stands for a picture: texts run all the same
			}
			checkVLM(t, d, f, tiles)
		})
	}
}

func smallDual(kind string) object {
	o := object{
		"model_type": kind, "architectures": []string{"Model"},
		"text_config": object{
			"num_attention_heads": 4, "hidden_size": 24, "intermediate_size": 12,
			"num_hidden_layers": 2, "hidden_act": "relu", "layer_norm_eps": 1e-3,
			"vocab_size": 30, "max_position_embeddings": 9,
			"bos_token_id": 3, "eos_token_id": 4, "pad_token_id": 5,
		},
		"vision_config": object{
			"num_attention_heads": 2, "hidden_size": 48, "intermediate_size": 12,
			"num_hidden_layers": 2, "hidden_act": "silu", "layer_norm_eps": 1e-3,
			"image_size": 48, "patch_size": 12, "num_channels": 3,
		},
	}
	if kind == "clip" {
		o["projection_dim"], o["logit_scale_init_value"] = 20, 1.5
		return o
	}
	o.object("text_config")["hidden_size"], o.object("text_config")["projection_size"] = 48, 48
	o.object("vision_config")["vision_use_head"] = true
	return o
}

// TestKeysOfEmbeddersLeftOut is the same for CLIP and SigLIP.
func TestKeysOfEmbeddersLeftOut(t *testing.T) {
	for _, kind := range []string{"clip", "siglip"} {
		t.Run(kind, func(t *testing.T) {
			eachWithout(t, smallDual(kind), func(t *testing.T, short object) {
				c := readDual(short)
				if kind == "siglip" && c.projection != c.vision.hidden {
					// The library loads this, but cannot multiply the two.
					short.object("text_config")["projection_size"] = c.vision.hidden
					c = readDual(short)
				}
				d := newDice(2)
				f := &folder{config: short, dtype: "F32", shards: 1, weights: d.dualWeights(c, "F32")}
				checkDual(t, d, f)
				if t.Failed() {
					t.Log(short)
				}
			})
		})
	}
}
