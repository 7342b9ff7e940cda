package model_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/safetensors"
)

// parts are the tensors of a fixture in memory, to be tampered with.
type parts struct {
	t       testing.TB
	name    string
	tensors map[string]*raw
	config  string
}

type raw struct {
	dtype safetensors.DType
	shape []int
	data  []byte
}

const fixturePrefix = "model.layers.0.mlp.up_proj."

func readParts(t testing.TB, name string) *parts {
	t.Helper()
	dir := filepath.Join("testdata/quantized", name)
	f, err := safetensors.Open(filepath.Join(dir, "model.safetensors"), safetensors.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := &parts{t: t, name: name, tensors: map[string]*raw{}}
	for _, info := range f.Tensors {
		data := make([]byte, info.Size())
		if err := f.ReadBytes(info, 0, data); err != nil {
			t.Fatal(err)
		}
		p.tensors[strings.TrimPrefix(info.Name, fixturePrefix)] = &raw{info.DType, info.Shape, data}
	}
	config, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	p.config = string(config)
	return p
}

func (p *parts) drop(key string) *parts { delete(p.tensors, key); return p }

func (p *parts) set(key string, d safetensors.DType, shape []int, data []byte) *parts {
	p.tensors[key] = &raw{d, shape, data}
	return p
}

// zeros is set with as many zero bytes as dtype and shape take.
func (p *parts) zeros(key string, d safetensors.DType, shape ...int) *parts {
	n := d.Bits() / 8
	for _, s := range shape {
		n *= s
	}
	return p.set(key, d, shape, make([]byte, n))
}

// word writes one I32 of a part.
func (p *parts) word(key string, i int, v int32) *parts {
	binary.LittleEndian.PutUint32(p.tensors[key].data[4*i:], uint32(v))
	return p
}

// text puts JSON or a string into a part.
func (p *parts) text(key, text string) *parts {
	return p.set(key, safetensors.U8, []int{len(text)}, []byte(text))
}

// quant changes a key of quantization_config; nil removes it.
func (p *parts) quant(key string, value any) *parts {
	p.t.Helper()
	var c map[string]any
	if err := json.Unmarshal([]byte(p.config), &c); err != nil {
		p.t.Fatal(err)
	}
	q := c["quantization_config"].(map[string]any)
	q[key] = value
	if value == nil {
		delete(q, key)
	}
	b, err := json.Marshal(c)
	if err != nil {
		p.t.Fatal(err)
	}
	p.config = string(b)
	return p
}

// without removes quantization_config, or the whole config.json.
func (p *parts) without(what string) *parts {
	if what == "config.json" {
		p.config = ""
		return p
	}
	p.config = `{"model_type": "llama"}`
	return p
}

// folder writes the parts to a temporary folder.
func (p *parts) folder() *folder {
	f := newFolder(p.t)
	for _, key := range slices.Sorted(maps.Keys(p.tensors)) {
		r := p.tensors[key]
		f.bytes(fixturePrefix+key, r.dtype, r.shape, r.data)
	}
	if p.config != "" {
		f.config(p.config)
	}
	return f
}

// TestInconsistentParts expects an error that names the tensor and what is
// wrong, on opening or on the first read, never a value.
func TestInconsistentParts(t *testing.T) {
	t.Parallel()
	const gptq, awq, ct, ctz = "gptq_4bit_g64_actorder", "awq_4bit_g128_gemm", "ct_4bit_g128_sym", "ct_2bit_g32_asym"
	const hqq, hqq0, nf4, double, int8, bit = "hqq_4bit_g64_axis1", "hqq_2bit_g16_axis0", "bnb_nf4", "bnb_nf4_double", "bnb_int8", "bitnet_bitlinear"
	state := "weight.quant_state.bitsandbytes__nf4"
	for what, c := range map[string]struct {
		parts *parts
		want  string
	}{
		"gptq without qzeros":           {readParts(t, gptq).drop("qzeros"), "up_proj.qzeros is missing"},
		"gptq without scales":           {readParts(t, gptq).drop("scales"), "up_proj.scales is missing"},
		"gptq g_idx too large":          {readParts(t, gptq).word("g_idx", 12, 4), "g_idx: input 12 is in group 4, but there are 4 groups"},
		"gptq g_idx negative":           {readParts(t, gptq).word("g_idx", 0, -1), "g_idx: input 0 is in group -1"},
		"gptq g_idx short":              {readParts(t, gptq).zeros("g_idx", safetensors.I32, 255), "g_idx: shape [255], want [256]"},
		"gptq g_idx as floats":          {readParts(t, gptq).zeros("g_idx", safetensors.F32, 256), "g_idx: dtype F32"},
		"gptq other bits in the config": {readParts(t, gptq).quant("bits", 3), "qzeros: shape [4 16] does not hold 128 zero points of 3 bits"},
		"gptq unknown bits":             {readParts(t, gptq).quant("bits", 5), "GPTQ with 5 bits is not known"},
		"gptq bits as text":             {readParts(t, gptq).quant("bits", "four"), `quantization_config.bits: "four" is not a whole number`},
		"gptq huge bits":                {readParts(t, gptq).quant("bits", 1e30), "quantization_config.bits"},
		"gptq other groups":             {readParts(t, gptq).quant("group_size", 128), "scales: 4 groups, but 256 inputs in groups of 128 are 2"},
		"gptq fewer scales":             {readParts(t, gptq).zeros("scales", safetensors.F16, 3, 128), "qzeros: shape [4 16], but the scales have 3 groups"},
		"gptq narrow scales":            {readParts(t, gptq).zeros("scales", safetensors.F16, 4, 64), "qweight: shape [32 128], but the scales have 64 output channels"},
		"gptq scales of rank 1":         {readParts(t, gptq).zeros("scales", safetensors.F16, 512), "scales: shape [512], want a matrix"},
		"gptq integer scales":           {readParts(t, gptq).zeros("scales", safetensors.I32, 4, 128), "scales: dtype I32"},
		"gptq empty codes":              {readParts(t, gptq).zeros("qweight", safetensors.I32, 0, 128), "qweight: shape [0 128], want a matrix"},
		"gptq bytes":                    {readParts(t, gptq).zeros("qweight", safetensors.U8, 32, 128), "qweight: dtype U8"},
		"gptq 3 bits, odd words":        {readParts(t, "gptq_3bit_g128_asym").zeros("qweight", safetensors.I32, 23, 128), "qweight: 23 words a column"},
		"gptq without a method":         {readParts(t, gptq).quant("quant_method", nil), "quantization_config.quant_method: missing"},
		"gptq method is a number":       {readParts(t, gptq).quant("quant_method", 7), "quantization_config.quant_method: 7 is not a method's name"},
		"awq without qzeros":            {readParts(t, awq).drop("qzeros"), "up_proj.qzeros is missing"},
		"awq short qzeros":              {readParts(t, awq).zeros("qzeros", safetensors.I32, 1, 16), "qzeros: shape [1 16], want [2 16]"},
		"awq other groups":              {readParts(t, awq).quant("group_size", 64), "scales: 2 groups, but 256 inputs in groups of 64 are 4"},
		"awq narrow scales":             {readParts(t, awq).zeros("scales", safetensors.F16, 2, 120), "scales: shape [2 120], but the codes have 128"},
		"ct without scales":             {readParts(t, ct).drop("weight_scale"), "weight_scale is missing"},
		"ct without shape":              {readParts(t, ct).drop("weight_shape"), "weight_shape is missing"},
		"ct negative shape":             {readParts(t, ct).set("weight_shape", safetensors.I64, []int{2}, longs(128, -256)), "shape [128 -256] is not possible"},
		"ct shape overflows":            {readParts(t, ct).set("weight_shape", safetensors.I64, []int{2}, longs(1<<33, 1<<33)), "is not possible"},
		"ct huge shape":                 {readParts(t, ct).set("weight_shape", safetensors.I64, []int{2}, longs(128, 1<<40)), "is not possible"},
		"ct shape of other rows":        {readParts(t, ct).set("weight_shape", safetensors.I64, []int{2}, longs(64, 256)), "says [64 256], but the codes are [128 32]"},
		"ct shape of other columns":     {readParts(t, ct).set("weight_shape", safetensors.I64, []int{2}, longs(128, 260)), "does not hold 260 codes a row"},
		"ct long shape":                 {readParts(t, ct).zeros("weight_shape", safetensors.I64, 1000), "8000 bytes, more than"},
		"ct other groups":               {readParts(t, ct).zeros("weight_scale", safetensors.BF16, 128, 4), "weight_scale: 4 groups a row, but 256 inputs in groups of 128 are 2"},
		"ct scales of other rows":       {readParts(t, ct).zeros("weight_scale", safetensors.BF16, 100, 2), "weight_scale: shape [100 2]"},
		"ct empty scales":               {readParts(t, ct).zeros("weight_scale", safetensors.BF16, 0, 2), "weight_scale: shape [0 2]"},
		"ct without zero points":        {readParts(t, ctz).drop("weight_zero_point"), "weight_zero_point is missing"},
		"ct short zero points":          {readParts(t, ctz).zeros("weight_zero_point", safetensors.I32, 7, 8), "weight_zero_point: shape [7 8], want [8 8]"},
		"ct g_idx too large":            {readParts(t, ct).zeros("weight_g_idx", safetensors.I32, 256).word("weight_g_idx", 9, 2), "weight_g_idx: input 9 is in group 2"},
		"ct broken groups":              {readParts(t, ct).quant("config_groups", 4), "quantization_config.config_groups: 4 is not an object"},
		"ct broken weights":             {readParts(t, ct).quant("config_groups", map[string]any{"g": map[string]any{"weights": []int{1}}}), "config_groups.g.weights: [1] is not an object"},
		"hqq without shape":             {readParts(t, hqq).drop("shape"), "up_proj.shape is missing"},
		"hqq without zero":              {readParts(t, hqq).drop("zero"), "up_proj.zero is missing"},
		"hqq other scales":              {readParts(t, hqq).zeros("scale", safetensors.F16, 511, 1), "scale: shape [511 1], want [512 1]"},
		"hqq scales of the other axis":  {readParts(t, hqq0).zeros("zero", safetensors.F16, 16, 1), "zero: shape [16 1], want [1 2048]"},
		"hqq group of 0":                {readParts(t, hqq).zeros("group_size", safetensors.I32), "groups of 0 do not divide"},
		"hqq group of 48":               {readParts(t, hqq).set("group_size", safetensors.I32, []int{}, []byte{48, 0, 0, 0}), "groups of 48 do not divide"},
		"hqq negative group":            {readParts(t, hqq).set("group_size", safetensors.I32, []int{}, []byte{0xff, 0xff, 0xff, 0xff}), "groups of -1 do not divide"},
		"hqq axis 2":                    {readParts(t, hqq).set("axis", safetensors.I32, []int{}, []byte{2, 0, 0, 0}), "axis 2 is neither 0 nor 1"},
		"hqq axis is a list":            {readParts(t, hqq).zeros("axis", safetensors.I32, 2), "axis: I32 [2] is not a single number"},
		"hqq axis is NaN":               {readParts(t, hqq).set("axis", safetensors.F32, []int{}, []byte{0, 0, 0xc0, 0x7f}), "axis: NaN is not a whole number"},
		"hqq shape of other size":       {readParts(t, hqq).set("shape", safetensors.I64, []int{2}, longs(128, 128)), "W_q: shape [256 64], want [128 64]"},
		"hqq shape of rank 3":           {readParts(t, hqq).set("shape", safetensors.I64, []int{3}, longs(8, 16, 256)), "shape [8 16 256], want a matrix"},
		"hqq strange dtype":             {readParts(t, hqq).text("compute_dtype", "torch.int8"), `compute dtype "torch.int8"`},
		"hqq long string":               {readParts(t, hqq).text("packing", strings.Repeat("x", 1000)), "packing: 1000 bytes"},
		"bnb not JSON":                  {readParts(t, nf4).text(state, "{"), "is not the JSON of a quant_state"},
		"bnb long state":                {readParts(t, nf4).text(state, strings.Repeat(" ", 20000)), "20000 bytes, more than"},
		"bnb deep state":                {readParts(t, nf4).text(state, strings.Repeat("[", 16000)), "is not the JSON"},
		"bnb other type":                {readParts(t, nf4).text(state, `{"quant_type": "fp4", "blocksize": 64, "dtype": "float16", "shape": [128, 256]}`), `quant_type "fp4"`},
		"bnb block of 0":                {readParts(t, nf4).text(state, `{"quant_type": "nf4", "blocksize": 0, "dtype": "float16", "shape": [128, 256]}`), "blocksize 0"},
		"bnb block of 96":               {readParts(t, nf4).text(state, `{"quant_type": "nf4", "blocksize": 96, "dtype": "float16", "shape": [128, 256]}`), "blocksize 96"},
		"bnb huge block":                {readParts(t, nf4).text(state, `{"quant_type": "nf4", "blocksize": 4611686018427387904, "dtype": "float16", "shape": [128, 256]}`), "blocksize"},
		"bnb other blocks":              {readParts(t, nf4).text(state, `{"quant_type": "nf4", "blocksize": 128, "dtype": "float16", "shape": [128, 256]}`), "absmax: shape [512], want 256 blocks"},
		"bnb shape too large":           {readParts(t, nf4).text(state, `{"quant_type": "nf4", "blocksize": 64, "dtype": "float16", "shape": [128, 512]}`), "does not fit the 16384 bytes"},
		"bnb shape too small":           {readParts(t, nf4).text(state, `{"quant_type": "nf4", "blocksize": 64, "dtype": "float16", "shape": [128, 128]}`), "16384 bytes, more than [128 128] needs"},
		"bnb shape overflows":           {readParts(t, nf4).text(state, `{"quant_type": "nf4", "blocksize": 64, "dtype": "float16", "shape": [4294967296, 4294967296]}`), "does not fit"},
		"bnb negative shape":            {readParts(t, nf4).text(state, `{"quant_type": "nf4", "blocksize": 64, "dtype": "float16", "shape": [-128, -256]}`), "does not fit"},
		"bnb empty shape":               {readParts(t, nf4).text(state, `{"quant_type": "nf4", "blocksize": 64, "dtype": "float16", "shape": []}`), "does not fit"},
		"bnb strange dtype":             {readParts(t, nf4).text(state, `{"quant_type": "nf4", "blocksize": 64, "dtype": "int8", "shape": [128, 256]}`), `dtype "int8"`},
		"bnb without absmax":            {readParts(t, nf4).drop("weight.absmax"), "weight.absmax is missing"},
		"bnb without codes":             {readParts(t, nf4).drop("weight"), "up_proj.weight is missing"},
		"bnb short quant_map":           {readParts(t, nf4).zeros("weight.quant_map", safetensors.F32, 15), "quant_map: shape [15], want [16]"},
		"bnb double, short map":         {readParts(t, double).zeros("weight.nested_quant_map", safetensors.F32, 255), "nested_quant_map: shape [255], want [256]"},
		"bnb double, no map":            {readParts(t, double).drop("weight.nested_quant_map"), "nested_quant_map is missing"},
		"bnb double, no absmax":         {readParts(t, double).drop("weight.nested_absmax"), "double quantization needs both"},
		"bnb double, short absmax":      {readParts(t, double).zeros("weight.nested_absmax", safetensors.F32, 1), "nested_absmax: shape [1], want [2]"},
		"bnb double, no offset":         {readParts(t, double).text(state, `{"quant_type": "nf4", "blocksize": 64, "dtype": "float16", "shape": [128, 256], "nested_blocksize": 256, "nested_dtype": "float32"}`), "nested_offset is missing"},
		"bnb double, block of 0":        {readParts(t, double).text(state, `{"quant_type": "nf4", "blocksize": 64, "dtype": "float16", "shape": [128, 256], "nested_blocksize": 0, "nested_dtype": "float32", "nested_offset": 0}`), "nested_blocksize 0"},
		"int8 short SCB":                {readParts(t, int8).zeros("SCB", safetensors.F32, 127), "SCB: shape [127]"},
		"int8 without weight":           {readParts(t, int8).drop("weight"), "up_proj.weight is missing"},
		"bitnet two scales":             {readParts(t, bit).zeros("weight_scale", safetensors.BF16, 2), "weight_scale: shape [2], want one value"},
		"bitnet integer scale":          {readParts(t, bit).zeros("weight_scale", safetensors.I32, 1), "weight_scale: dtype I32"},
		"bitnet code 3":                 {readParts(t, bit).set("weight", safetensors.U8, []int{1, 2}, []byte{0, 0b0011_0000}), "row 2, column 1 holds code 3"},
		"bitnet class is a number":      {readParts(t, bit).quant("linear_class", 3), "quantization_config.linear_class: 3 is not a string"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			f := c.parts.folder().save("model.safetensors")
			err := readAll(f.dir)
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q does not say %q", err, c.want)
			}
			if strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), f.dir) {
				t.Errorf("%q is not one line that names the file", err)
			}
		})
	}
}

// What a file claims is not what is allocated: tiny files that claim huge
// tensors cost little. Not parallel: it counts the allocations of the process.
func TestAllocationsFollowTheFile(t *testing.T) {
	state := func(shape string, block int) string {
		return fmt.Sprintf(`{"quant_type": "nf4", "blocksize": %d, "dtype": "float16", "shape": %s}`, block, shape)
	}
	for what, p := range map[string]*parts{
		"ct shape":    readParts(t, "ct_4bit_g128_sym").set("weight_shape", safetensors.I64, []int{2}, longs(128, 1<<40)),
		"hqq shape":   readParts(t, "hqq_4bit_g64_axis1").set("shape", safetensors.I64, []int{2}, longs(1<<31, 1<<31)),
		"hqq group":   readParts(t, "hqq_4bit_g64_axis1").set("group_size", safetensors.I32, []int{}, []byte{0, 0, 0, 0x7f}),
		"bnb shape":   readParts(t, "bnb_nf4").text("weight.quant_state.bitsandbytes__nf4", state("[1073741824, 1024]", 64)),
		"bnb block":   readParts(t, "bnb_nf4").text("weight.quant_state.bitsandbytes__nf4", state("[128, 256]", 1)),
		"gptq groups": readParts(t, "gptq_4bit_g128_sym").quant("group_size", 1),
		"gptq empty":  readParts(t, "gptq_4bit_g128_sym").zeros("scales", safetensors.F16, 0, 1<<30),
	} {
		f := p.folder().save("model.safetensors")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := readAll(f.dir)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; err == nil || used > 2<<20 {
			t.Errorf("%s: %d bytes allocated, error %v", what, used, err)
		}
	}
}

func longs(values ...int64) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	return b
}

// readAll opens a model and reads every matrix.
func readAll(path string) error {
	ctx := context.Background()
	m, err := model.Open(ctx, path, model.Options{})
	if err != nil {
		return err
	}
	defer m.Close()
	for _, tensor := range m.Tensors {
		rows, cols, ok, _ := tensor.Matrix()
		if !ok || !tensor.Readable() {
			continue
		}
		r, err := tensor.Rows(ctx)
		if err != nil {
			return err
		}
		if err := r.ReadRows(ctx, 0, rows, make([]float32, rows*cols)); err != nil {
			return err
		}
	}
	return nil
}

// TestNotRecognised expects the parts as they are stored, and a warning that
// says so, wherever the method is not known.
func TestNotRecognised(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		parts *parts
		want  string
	}{
		"an unknown method":          {readParts(t, "gptq_4bit_g128_sym").quant("quant_method", "vptq"), `"vptq", which mmtui does not know`},
		"gptq without configuration": {readParts(t, "gptq_4bit_g128_sym").without("quantization_config"), "no quantization_config says how"},
		"gptq without config.json":   {readParts(t, "gptq_4bit_g128_sym").without("config.json"), "no quantization_config says how"},
		"gptq in Marlin's layout":    {readParts(t, "gptq_4bit_g128_sym").quant("checkpoint_format", "marlin"), `checkpoint_format "marlin"`},
		"gptq packed in int16":       {readParts(t, "gptq_4bit_g128_sym").quant("pack_dtype", "int16"), `"int16"`},
		"awq gemv":                   {readParts(t, "awq_4bit_g128_gemm").quant("version", "gemv"), `AWQ version "gemv"`},
		"awq with 8 bits":            {readParts(t, "awq_4bit_g128_gemm").quant("bits", 8), "AWQ with 8 bits"},
		"ct in an unknown format":    {readParts(t, "ct_4bit_g128_sym").quant("format", "marlin-24"), `compressed-tensors format "marlin-24"`},
		"ct nvfp4":                   {readParts(t, "ct_4bit_g128_sym").zeros("weight_packed", safetensors.U8, 128, 128), "nvfp4"},
		"hqq with quantized scales":  {readParts(t, "hqq_4bit_g64_axis1").set("quant_scale", safetensors.U8, []int{}, []byte{1}), "quantized scales"},
		"hqq in an unknown packing":  {readParts(t, "hqq_4bit_g64_axis1").text("packing", "4bit_32"), `packing "4bit_32" of 4 bits`},
		"bitnet without config.json": {readParts(t, "bitnet_bitlinear").without("config.json"), "no quantization_config says how"},
		"bitnet of another class":    {readParts(t, "bitnet_bitlinear").quant("linear_class", "ternary"), `linear_class "ternary"`},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			m := c.parts.folder().open()
			if len(m.Tensors) != len(c.parts.tensors) {
				t.Errorf("tensors %v, want the %d stored ones", names(m), len(c.parts.tensors))
			}
			for _, tensor := range m.Tensors {
				if tensor.Stored != nil {
					t.Errorf("%s is shown as packed", tensor.Name)
				}
			}
			if len(m.Warnings) != 1 || !strings.Contains(m.Warnings[0], c.want) {
				t.Errorf("warnings %q, want one with %q", m.Warnings, c.want)
			}
			if m.Quantization != "" {
				t.Errorf("quantization %q", m.Quantization)
			}
		})
	}
}

// Formats that describe themselves need no configuration.
func TestWithoutConfiguration(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"bnb_nf4", "bnb_nf4_double", "bnb_int8", "hqq_2bit_g16_axis0", "ct_4bit_g128_sym", "ct_2bit_g32_asym"} {
		with, without := open(t, "testdata/quantized/"+name), readParts(t, name).without("config.json").folder().open()
		if len(without.Tensors) != 1 || len(without.Warnings) != 0 {
			t.Errorf("%s: tensors %v, warnings %q", name, names(without), without.Warnings)
			continue
		}
		if string(encoded(t, with.Tensors[0])) != string(encoded(t, without.Tensors[0])) {
			t.Errorf("%s: other values", name)
		}
	}
}

// Ordinary tensors with the names that tools use are left alone.
func TestLookalikes(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	f.floats("attn.W_q", safetensors.F32, []int{2, 2}, []float32{1, 2, 3, 4}).floats("attn.scale", safetensors.F32, []int{1}, []float32{1})
	f.floats("x.SCB", safetensors.F32, []int{2}, []float32{1, 2}).floats("x.weight", safetensors.F32, []int{2, 2}, []float32{1, 2, 3, 4})
	f.floats("y.weight", safetensors.F32, []int{2, 2}, []float32{1, 2, 3, 4}).floats("y.weight_scale", safetensors.F32, []int{1}, []float32{2})
	f.floats("z.qweight", safetensors.F32, []int{2}, []float32{1, 2})
	m := f.open()
	if len(m.Tensors) != 7 || len(m.Warnings) != 0 {
		t.Errorf("tensors %v, warnings %q", names(m), m.Warnings)
	}
}

// Older checkpoints have their settings in a file of their own.
func TestOlderConfigFiles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, text string }{
		"gptq_4bit_g64_actorder": {"quantize_config.json", `{"bits": 4, "group_size": 64, "desc_act": true, "sym": false}`},
		"awq_4bit_g128_gemm":     {"quant_config.json", `{"zero_point": true, "q_group_size": 128, "w_bit": 4, "version": "GEMM"}`},
	} {
		m := readParts(t, name).without("quantization_config").folder().file(c.file, c.text).open()
		want := storedAs()[name]
		if len(m.Tensors) != 1 || *m.Tensors[0].Stored != want || len(m.Warnings) != 0 {
			t.Errorf("%s: %v, %+v, warnings %q", name, names(m), m.Tensors[0].Stored, m.Warnings)
		}
	}
}

// A configuration that names a method while the tensors are floats is said.
func TestConfiguredButPlain(t *testing.T) {
	t.Parallel()
	m := small(newFolder(t), "l.weight", 1).config(`{"quantization_config": {"quant_method": "gptq", "bits": 4}}`).open()
	if len(m.Warnings) != 1 || !strings.Contains(m.Warnings[0], "no tensor is packed that way") || m.Quantization != "" {
		t.Errorf("warnings %q, quantization %q", m.Warnings, m.Quantization)
	}
}
