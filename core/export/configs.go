package export

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// linear is an exported layer as a configuration describes it.
type linear struct {
	module     string
	bits       int
	group      int // −1: one group a row
	symmetric  bool
	parameters int64
}

// kind is what layers of one configuration group share.
type kind struct {
	bits, group int
	symmetric   bool
}

func (l linear) kind() kind { return kind{l.bits, l.group, l.symmetric} }

// byKind groups layers, the kind with the most weights first.
func byKind(layers []linear) ([]kind, map[kind][]string) {
	weights := map[kind]int64{}
	names := map[kind][]string{}
	for _, l := range layers {
		weights[l.kind()] += l.parameters
		names[l.kind()] = append(names[l.kind()], l.module)
	}
	kinds := slices.SortedFunc(maps.Keys(weights), func(a, b kind) int {
		return cmp.Or(cmp.Compare(weights[b], weights[a]), cmp.Compare(a.bits, b.bits), cmp.Compare(a.group, b.group), strings.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
	return kinds, names
}

// gptqConfig is `quantization_config` of a GPTQ checkpoint. Transformers and
// optimum find the layers by modules_in_block_to_quantize, a suffix match on
// modules whose name starts with block_name_to_quantize; GPTQModel, vLLM and
// SGLang by `dynamic`, whose keys are regular expressions at the start of a
// module's name: "-:" leaves it in float, "+:" gives it other parameters.
func gptqConfig(layers []linear, float []string, checkpoint, tool string) *object {
	kinds, names := byKind(layers)
	base := kind{bits: 4, group: 128, symmetric: true}
	if len(kinds) > 0 {
		base = kinds[0]
	}
	dynamic := &object{values: map[string]rawJSON{}}
	for _, k := range kinds[min(1, len(kinds)):] {
		for _, module := range names[k] {
			dynamic.mustSet("+:^"+regexp.QuoteMeta(module)+"$", map[string]any{
				"bits": k.bits, "group_size": k.group, "sym": k.symmetric, "desc_act": false,
			})
		}
	}
	for _, module := range float {
		dynamic.mustSet("-:^"+regexp.QuoteMeta(module)+"$", map[string]any{})
	}
	all := make([]string, len(layers))
	for i, l := range layers {
		all[i] = l.module
	}
	o := &object{values: map[string]rawJSON{}}
	o.mustSet("bits", base.bits)
	o.mustSet("group_size", base.group)
	o.mustSet("damp_percent", 0.01)
	o.mustSet("desc_act", false)
	o.mustSet("static_groups", false)
	o.mustSet("sym", base.symmetric)
	o.mustSet("true_sequential", true)
	o.mustSet("lm_head", false)
	o.mustSet("quant_method", "gptq")
	o.mustSet("checkpoint_format", checkpoint)
	o.mustSet("pack_dtype", "int32")
	o.mustSet("block_name_to_quantize", commonModule(all))
	o.mustSet("modules_in_block_to_quantize", [][]string{all})
	if len(dynamic.keys) > 0 {
		o.mustSet("dynamic", dynamic)
	}
	o.mustSet("meta", map[string]any{"quantizer": []string{tool}})
	return o
}

// outputHeads are never packed. A head that is tied to the embeddings has no
// weight in the file, so that no tensor names it, but its module is a Linear
// like the others.
const outputHeads = "re:.*lm_head$"

// compressedConfig is `quantization_config` of a compressed-tensors
// checkpoint. With one kind of layer its target is the class Linear, less the
// ignored modules; with several each group lists its modules by name, which
// wins over a class.
func compressedConfig(layers []linear, float []string, tool string) *object {
	kinds, names := byKind(layers)
	groups := &object{values: map[string]rawJSON{}}
	for i, k := range kinds {
		targets := names[k]
		if len(kinds) == 1 {
			targets = []string{"Linear"}
		}
		weights := &object{values: map[string]rawJSON{}}
		weights.mustSet("num_bits", k.bits)
		weights.mustSet("type", "int")
		weights.mustSet("symmetric", k.symmetric)
		if k.group < 0 {
			weights.mustSet("group_size", nil)
			weights.mustSet("strategy", "channel")
		} else {
			weights.mustSet("group_size", k.group)
			weights.mustSet("strategy", "group")
		}
		weights.mustSet("dynamic", false)
		group := &object{values: map[string]rawJSON{}}
		group.mustSet("targets", targets)
		group.mustSet("weights", weights)
		group.mustSet("input_activations", nil)
		group.mustSet("output_activations", nil)
		group.mustSet("format", nil)
		groups.mustSet(fmt.Sprintf("group_%d", i), group)
	}
	o := &object{values: map[string]rawJSON{}}
	o.mustSet("config_groups", groups)
	o.mustSet("quant_method", "compressed-tensors")
	o.mustSet("kv_cache_scheme", nil)
	o.mustSet("format", "pack-quantized")
	o.mustSet("quantization_status", "compressed")
	o.mustSet("global_compression_ratio", nil)
	o.mustSet("ignore", append([]string{outputHeads}, float...))
	o.mustSet("provider", tool)
	return o
}

// commonModule is the longest run of whole name parts that all modules start
// with, "" when there is none: every module starts with "".
func commonModule(modules []string) string {
	if len(modules) == 0 {
		return ""
	}
	common := strings.Split(modules[0], ".")
	common = common[:len(common)-1] // the module itself is no block
	for _, m := range modules[1:] {
		parts := strings.Split(m, ".")
		n := 0
		for n < min(len(common), len(parts)) && common[n] == parts[n] {
			n++
		}
		common = common[:n]
	}
	return strings.Join(common, ".")
}
