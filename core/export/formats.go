package export

import (
	"errors"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/safetensors"
)

// gptqFormat writes version 1 of the format, which every tool reads, unless a
// layer has zeros of its own: version 1 stores zero − 1, has no way to write
// zero 0, and GPTQModel refuses it without `sym`. Version 2 stores zeros as they are.
type gptqFormat struct{ tool string }

func (gptqFormat) target() target                     { return gptqTarget() }
func (gptqFormat) scaleType(string) safetensors.DType { return safetensors.F16 }
func (gptqFormat) pack(l *levels) *packedLevels       { return packGPTQ(l) }
func (gptqFormat) takes(*model.Tensor) error          { return nil }

func version2(layers []layer) bool {
	for _, l := range layers {
		if !l.symmetric {
			return true
		}
	}
	return false
}

func (gptqFormat) entries(layers []layer) []safetensors.Entry {
	var all []safetensors.Entry
	v2 := version2(layers)
	for _, l := range layers {
		all = append(all, gptqEntries(l.module, l.levels, v2)...)
	}
	return all
}

func (g gptqFormat) configs(source *object, layers []layer, float []string) map[string]any {
	checkpoint := "gptq"
	if version2(layers) {
		checkpoint = "gptq_v2"
	}
	config := gptqConfig(linears(layers), float, checkpoint, g.tool)
	source.mustSet("quantization_config", config)
	// AutoGPTQ reads its own file; the content is the same.
	return map[string]any{"config.json": source, "quantize_config.json": config}
}

// compressedFormat is compressed-tensors' pack-quantized.
type compressedFormat struct{ tool string }

func (compressedFormat) target() target { return compressedTarget() }

// scaleType follows the model where it computes in 16 bits.
func (compressedFormat) scaleType(source string) safetensors.DType {
	if source == string(safetensors.F16) {
		return safetensors.F16
	}
	return safetensors.BF16
}

func (compressedFormat) pack(l *levels) *packedLevels { return packCompressed(l) }

func (compressedFormat) takes(t *model.Tensor) error {
	if t.Transposed {
		return errors.New("a Conv1D layer: compressed-tensors quantizes Linear modules")
	}
	return nil
}

func (compressedFormat) entries(layers []layer) []safetensors.Entry {
	var all []safetensors.Entry
	for _, l := range layers {
		all = append(all, compressedEntries(l.module, l.levels, l.scaleType)...)
	}
	return all
}

func (c compressedFormat) configs(source *object, layers []layer, float []string) map[string]any {
	source.mustSet("quantization_config", compressedConfig(linears(layers), float, c.tool))
	return map[string]any{"config.json": source}
}

func linears(layers []layer) []linear {
	all := make([]linear, len(layers))
	for i, l := range layers {
		all[i] = l.linear
	}
	return all
}
