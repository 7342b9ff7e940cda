package model

import (
	"slices"
	"strings"
)

// conv1dFamilies are the model types of transformers whose linear layers are
// its Conv1D class, which stores the weight as [in, out] where nn.Linear stores
// [out, in]. Names and shapes cannot tell: CLIP's original code, GPT-Neo and
// GPT-BigCode use the same layer names with nn.Linear.
func conv1dFamilies() []string {
	return []string{"gpt2", "openai-gpt", "imagegpt", "decision_transformer", "clvp_decoder"}
}

// conv1dLayers are the names of those layers inside the families.
func conv1dLayers() []string { return []string{"c_attn", "c_proj", "c_fc", "q_attn"} }

// conv1d says whether a plain tensor is a Conv1D weight: by the family that
// config.json names for the part of the model it belongs to, the layer's name,
// and rank 2.
func (c *config) conv1d(name string, shape []int) bool {
	if len(shape) != 2 || !isConv1DLayer(name) {
		return false
	}
	for _, f := range c.families {
		if strings.HasPrefix(name, f.prefix) && slices.Contains(conv1dFamilies(), f.modelType) {
			return true
		}
	}
	return false
}

func isConv1DLayer(name string) bool {
	module, ok := strings.CutSuffix(name, ".weight")
	if !ok {
		return false
	}
	return slices.Contains(conv1dLayers(), module[strings.LastIndexByte(module, '.')+1:])
}
