package model_test

import (
	"fmt"
	"testing"

	"github.com/mmtui/mmtui/core/safetensors"
)

// These tests pack random codes by the published rules, in shapes and widths
// that the fixtures do not have, and expect the values of those rules.

func TestGPTQWidthsAndShapes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bits, in, out, group int
		scale                safetensors.DType
		version              string
		actOrder             bool
	}{
		{2, 96, 64, 32, safetensors.F16, "gptq", false},
		{3, 64, 32, 64, safetensors.F16, "gptq", false},
		{3, 160, 96, 32, safetensors.BF16, "gptq_v2", true},
		{4, 64, 8, 16, safetensors.BF16, "", true},
		{8, 128, 36, -1, safetensors.F16, "gptq", false},
		{8, 32, 4, 32, safetensors.F32, "gptq_v2", false},
		{4, 160, 8, 64, safetensors.F16, "gptq", false}, // the last group is short
		{2, 96, 16, 64, safetensors.F16, "gptq", true},
	} {
		t.Run(fmt.Sprintf("%db %dx%d g%d %s", c.bits, c.out, c.in, c.group, c.version), func(t *testing.T) {
			t.Parallel()
			r := source(uint64(c.bits))
			group, plus := c.group, 1
			if group < 0 {
				group = c.in
			}
			if c.version == "gptq_v2" {
				plus = 0
			}
			groups := (c.in + group - 1) / group
			codes, zeros := randomCodes(r, c.in*c.out, c.bits), randomCodes(r, groups*c.out, c.bits)
			scales := randomScales(r, groups*c.out)
			gidx := make([]int, c.in)
			for i := range gidx {
				gidx[i] = i / group
			}
			if c.actOrder {
				r.Shuffle(c.in, func(a, b int) { gidx[a], gidx[b] = gidx[b], gidx[a] })
			}
			// Codes [in, out]: a column is a bit stream, so pack its transpose by rows.
			words, perColumn := packRows(transpose(codes, c.in, c.out), c.out, c.bits)
			packedZeros, zeroWords := packRows(zeros, groups, c.bits)
			f := newFolder(t).config(fmt.Sprintf(`{"quantization_config": {"quant_method": "gptq", "bits": %d, "group_size": %d, "desc_act": %v, "sym": false, "checkpoint_format": %q}}`,
				c.bits, c.group, c.actOrder, c.version))
			f.words("l.qweight", []int{perColumn, c.out}, transpose(words, c.out, perColumn))
			f.words("l.qzeros", []int{groups, zeroWords}, packedZeros)
			f.floats("l.scales", c.scale, []int{groups, c.out}, scales)
			f.floats("l.bias", safetensors.F16, []int{c.out}, make([]float32, c.out))
			if c.actOrder {
				words := make([]uint32, c.in)
				for i, g := range gidx {
					words[i] = uint32(g)
				}
				f.words("l.g_idx", []int{c.in}, words)
			}
			m := f.open()
			wantValues(t, m, "l.weight", []int{c.out, c.in}, func(o, i int) float32 {
				at := gidx[i]*c.out + o
				return rounded(c.scale, float32(codes[i*c.out+o]-zeros[at]-plus)*scales[at])
			})
			if _, ok := m.Lookup("l.bias"); !ok || len(m.Tensors) != 2 {
				t.Errorf("tensors %v, want the weight and its bias", names(m))
			}
		})
	}
}

func TestAWQShapes(t *testing.T) {
	t.Parallel()
	const in, out, group = 96, 24, 32
	r := source(3)
	codes, zeros := randomCodes(r, in*out, 4), randomCodes(r, in/group*out, 4)
	scales := randomScales(r, in/group*out)
	// Nibble i of a word holds the output order[i], as in AutoAWQ's pack.
	order := []int{0, 2, 4, 6, 1, 3, 5, 7}
	pack := func(codes []int) []uint32 {
		words := make([]uint32, len(codes)/8)
		for w := range words {
			for i, o := range order {
				words[w] |= uint32(codes[8*w+o]) << (4 * i)
			}
		}
		return words
	}
	f := newFolder(t).config(`{"quantization_config": {"quant_method": "awq", "bits": 4, "group_size": 32, "version": "GEMM", "zero_point": true}}`)
	f.words("l.qweight", []int{in, out / 8}, pack(codes)).words("l.qzeros", []int{in / group, out / 8}, pack(zeros))
	f.floats("l.scales", safetensors.F16, []int{in / group, out}, scales)
	wantValues(t, f.open(), "l.weight", []int{out, in}, func(o, i int) float32 {
		at := i/group*out + o
		return rounded(safetensors.F16, float32(codes[i*out+o]-zeros[at])*scales[at])
	})
}

// padded packs ⌊32/b⌋ codes a word.
func padded(codes []int, b int) []uint32 {
	words := make([]uint32, (len(codes)+32/b-1)/(32/b))
	for i, c := range codes {
		words[i/(32/b)] |= uint32(c) << (i % (32 / b) * b)
	}
	return words
}

func TestCompressedPacked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bits, in, out, group int // group 0: per channel, −1: per tensor
		symmetric, old, acts bool
		scale                safetensors.DType
	}{
		{2, 48, 10, 16, false, false, false, safetensors.BF16},
		{3, 100, 7, 20, true, false, false, safetensors.BF16},
		{3, 96, 7, 24, false, true, false, safetensors.F16},
		{4, 36, 9, 0, false, false, false, safetensors.F32},
		{4, 64, 9, 16, true, false, true, safetensors.F16},
		{8, 33, 5, 0, true, false, false, safetensors.BF16},
		{4, 40, 6, -1, true, false, false, safetensors.BF16},
	} {
		t.Run(fmt.Sprintf("%db %dx%d g%d sym %v old %v", c.bits, c.out, c.in, c.group, c.symmetric, c.old), func(t *testing.T) {
			t.Parallel()
			r := source(uint64(10*c.bits + c.in))
			groups, group := 1, c.in
			if c.group > 0 {
				groups, group = c.in/c.group, c.group
			}
			rows := c.out
			if c.group < 0 {
				rows = 1
			}
			codes, zeros, scales := randomCodes(r, c.in*c.out, c.bits), randomCodes(r, rows*groups, c.bits), randomScales(r, rows*groups)
			pack := func(codes []int) []uint32 {
				if c.old {
					return padded(codes, c.bits)
				}
				return bitStream(codes, c.bits)
			}
			var words []uint32
			for o := range c.out {
				words = append(words, pack(codes[o*c.in:(o+1)*c.in])...)
			}
			f := newFolder(t).longs("l.weight_shape", int64(c.out), int64(c.in))
			f.words("l.weight_packed", []int{c.out, len(words) / c.out}, words)
			shape := []int{rows, groups}
			if c.group < 0 {
				shape = []int{1}
			}
			f.floats("l.weight_scale", c.scale, shape, scales)
			if !c.symmetric {
				// Along dimension 0: every column of the zero points is a stream.
				var columns []uint32
				columnwise := transpose(zeros, rows, groups)
				for g := range groups {
					columns = append(columns, pack(columnwise[g*rows:(g+1)*rows])...)
				}
				n := len(columns) / groups
				f.words("l.weight_zero_point", []int{n, groups}, transpose(columns, groups, n))
			}
			gidx := make([]int, c.in)
			for i := range gidx {
				gidx[i] = i / group
			}
			if c.acts {
				r.Shuffle(c.in, func(a, b int) { gidx[a], gidx[b] = gidx[b], gidx[a] })
				words := make([]uint32, c.in)
				for i, g := range gidx {
					words[i] = uint32(g)
				}
				f.words("l.weight_g_idx", []int{c.in}, words)
			}
			size := "null"
			if c.group > 0 {
				size = fmt.Sprint(c.group)
			}
			// The first group belongs to other linears: it fits neither bits nor groups here.
			f.config(fmt.Sprintf(`{"quantization_config": {"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {
				"group_0": {"weights": {"num_bits": 5, "group_size": 7}}, "group_1": {"weights": {"num_bits": %d, "group_size": %s, "symmetric": %v, "type": "int", "actorder": null}}}}}`,
				c.bits, size, c.symmetric))
			offset := 1 << (c.bits - 1)
			wantValues(t, f.open(), "l.weight", []int{c.out, c.in}, func(o, i int) float32 {
				at := o%rows*groups + gidx[i]
				q := codes[o*c.in+i] - offset
				if !c.symmetric {
					q -= zeros[at] - offset
				}
				return rounded(c.scale, float32(q)*scales[at])
			})
		})
	}
}

func TestCompressedUnpacked(t *testing.T) {
	t.Parallel()
	const out, in = 6, 32
	r := source(9)
	codes := make([]byte, out*in)
	for i := range codes {
		codes[i] = byte(r.IntN(256))
	}
	config := `{"quantization_config": {"quant_method": "compressed-tensors", "format": %q, "config_groups": {"g": {"weights": {"num_bits": 8, "type": %q, "strategy": %q, "symmetric": %v, "block_structure": %s}}}}}`
	scales := randomScales(r, out)

	t.Run("int8 per channel, asymmetric", func(t *testing.T) {
		t.Parallel()
		zeros := []byte{0, 1, 0xff, 0x80, 0x7f, 5}
		f := newFolder(t).config(fmt.Sprintf(config, "int-quantized", "int", "channel", false, "null"))
		f.bytes("l.weight", safetensors.I8, []int{out, in}, codes).floats("l.weight_scale", safetensors.BF16, []int{out, 1}, scales)
		f.bytes("l.weight_zero_point", safetensors.I8, []int{out, 1}, zeros)
		wantValues(t, f.open(), "l.weight", []int{out, in}, func(o, i int) float32 {
			return rounded(safetensors.BF16, float32(int(int8(codes[o*in+i]))-int(int8(zeros[o])))*scales[o])
		})
	})
	e4m3 := make([]float32, 256)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	if err := safetensors.Decode(safetensors.F8E4M3, all, e4m3); err != nil {
		t.Fatal(err)
	}
	for i := range codes {
		if codes[i]&0x7f == 0x7f {
			codes[i] = 0 // NaN compares with nothing
		}
	}
	t.Run("float8 per tensor", func(t *testing.T) {
		t.Parallel()
		f := newFolder(t).config(fmt.Sprintf(config, "float-quantized", "float", "tensor", true, "null"))
		f.bytes("l.weight", safetensors.F8E4M3, []int{out, in}, codes).floats("l.weight_scale", safetensors.F32, []int{}, scales[:1])
		wantValues(t, f.open(), "l.weight", []int{out, in}, func(o, i int) float32 { return e4m3[codes[o*in+i]] * scales[0] })
	})
	t.Run("float8 in blocks", func(t *testing.T) {
		t.Parallel()
		f := newFolder(t).config(fmt.Sprintf(config, "float-quantized", "float", "block", true, "[4, 16]"))
		f.bytes("l.weight", safetensors.F8E4M3, []int{out, in}, codes).floats("l.weight_scale", safetensors.BF16, []int{2, 2}, scales[:4])
		wantValues(t, f.open(), "l.weight", []int{out, in}, func(o, i int) float32 {
			return rounded(safetensors.BF16, e4m3[codes[o*in+i]]*scales[o/4*2+i/16])
		})
	})
}
