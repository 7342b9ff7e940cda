package model_test

import (
	"fmt"
	"testing"

	"github.com/mmtui/mmtui/core/safetensors"
)

func TestHQQPackings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		nbits, axis, group, out, in int
		packing                     string
		compute                     safetensors.DType
		whole, floatView            bool
	}{
		{8, 1, 16, 6, 32, "8bit_u8", safetensors.F16, false, false},
		{8, 0, 4, 6, 8, "8bit_u8", safetensors.BF16, false, false},
		{4, 0, 8, 8, 12, "4bit_u8", safetensors.F32, false, false},
		{3, 1, 8, 6, 32, "3bit_32", safetensors.F16, false, false}, // 24 rows: 3 of 10 parts, the last short
		{3, 0, 16, 4, 12, "3bit_32", safetensors.F16, false, false},
		{2, 1, 16, 8, 32, "2bit_u8", safetensors.BF16, false, false},
		{1, 1, 8, 4, 16, "1bit_u8", safetensors.F16, false, false},
		{4, 1, 0, 8, 12, "4bit_u8", safetensors.F16, true, false}, // one scale for the tensor
		{4, 1, 16, 8, 32, "4bit_u8", safetensors.F16, false, true},
	} {
		t.Run(fmt.Sprintf("%s axis %d g%d %dx%d", c.packing, c.axis, c.group, c.out, c.in), func(t *testing.T) {
			t.Parallel()
			r := source(uint64(c.nbits*10 + c.axis))
			rows, cols := c.out, c.in
			switch {
			case c.whole:
			case c.axis == 1:
				rows, cols = c.out*c.in/c.group, c.group
			default:
				rows, cols = c.group, c.out*c.in/c.group
			}
			codes := randomCodes(r, rows*cols, c.nbits)
			sides := 1
			side := []int{}
			if !c.whole && c.axis == 1 {
				sides, side = rows, []int{rows, 1}
			} else if !c.whole {
				sides, side = cols, []int{1, cols}
			}
			scales, zeros := randomScales(r, sides), make([]float32, sides)
			for i := range zeros {
				zeros[i] = rounded(c.compute, r.Float32()*3)
			}
			parts := map[string]int{"8bit_u8": 1, "4bit_u8": 2, "2bit_u8": 4, "1bit_u8": 8, "3bit_32": 10}[c.packing]
			step := (rows + parts - 1) / parts
			words := make([]uint32, step*cols)
			for i, q := range codes {
				row, col := i/cols, i%cols
				words[row%step*cols+col] |= uint32(q) << ((parts - 1 - row/step) * c.nbits)
			}
			f := newFolder(t)
			if c.packing == "3bit_32" {
				f.words("l.W_q", []int{step, cols}, words)
			} else {
				data := make([]byte, len(words))
				for i, w := range words {
					data[i] = byte(w)
				}
				if c.floatView {
					f.bytes("l.W_q", safetensors.F16, []int{step, cols / 2}, data)
				} else {
					f.bytes("l.W_q", safetensors.U8, []int{step, cols}, data)
				}
			}
			names := map[safetensors.DType]string{safetensors.F16: "torch.float16", safetensors.BF16: "torch.bfloat16", safetensors.F32: "torch.float32"}
			flag := func(b bool) []byte {
				if b {
					return []byte{1}
				}
				return []byte{0}
			}
			f.floats("l.scale", c.compute, side, scales).floats("l.zero", c.compute, side, zeros)
			f.longs("l.shape", int64(c.out), int64(c.in)).scalar("l.nbits", int32(c.nbits)).scalar("l.axis", int32(c.axis)).scalar("l.group_size", int32(c.group))
			f.bytes("l.packing", safetensors.U8, []int{len(c.packing)}, []byte(c.packing))
			f.bytes("l.compute_dtype", safetensors.U8, []int{len(names[c.compute])}, []byte(names[c.compute]))
			f.bytes("l.channel_wise", safetensors.U8, []int{}, flag(!c.whole)).bytes("l.view_as_float", safetensors.U8, []int{}, flag(c.floatView))
			m := f.open()
			if len(m.Tensors) != 1 {
				t.Errorf("%d tensors, want one", len(m.Tensors))
			}
			wantValues(t, m, "l.weight", []int{c.out, c.in}, func(o, i int) float32 {
				at := o*c.in + i
				row, col := at/cols, at%cols
				g := 0
				switch {
				case c.whole:
				case c.axis == 1:
					g = row
				default:
					g = col
				}
				return rounded(c.compute, rounded(c.compute, float32(codes[row*cols+col])-zeros[g])*scales[g])
			})
		})
	}
}

func TestBitsandbytesShapes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind    string
		shape   []int64
		block   int
		dtype   safetensors.DType
		double  bool
		storage safetensors.DType
	}{
		{"fp4", []int64{5, 24}, 32, safetensors.F32, false, safetensors.U8},   // the last block is short
		{"nf4", []int64{3, 7}, 64, safetensors.BF16, false, safetensors.U8},   // an odd number of weights
		{"nf4", []int64{40, 64}, 64, safetensors.F16, true, safetensors.BF16}, // bytes stored as BF16
		{"fp4", []int64{4, 3, 2, 2}, 64, safetensors.F16, true, safetensors.U8},
	} {
		t.Run(fmt.Sprintf("%s %v", c.kind, c.shape), func(t *testing.T) {
			t.Parallel()
			r := source(uint64(c.block) + uint64(c.shape[0]))
			n := 1
			for _, d := range c.shape {
				n *= int(d)
			}
			cols := n / int(c.shape[0])
			codes := randomCodes(r, n, 4)
			data := make([]byte, (n+1)/2)
			for i, q := range codes {
				data[i/2] |= byte(q) << (4 - 4*(i%2))
			}
			levels := make([]float32, 16)
			for i := range levels {
				levels[i] = r.Float32()*2 - 1
			}
			blocks := (n + c.block - 1) / c.block
			absmax := randomScales(r, blocks)
			f := newFolder(t)
			nested := ""
			if c.double {
				outer, inner := randomScales(r, (blocks+1)/2), make([]float32, 256)
				bytes := make([]byte, blocks)
				for i := range inner {
					inner[i] = r.Float32()*2 - 1
				}
				const offset = 0.17153167724609375
				for i := range bytes {
					bytes[i] = byte(r.IntN(256))
					product := inner[bytes[i]] * outer[i/2]
					absmax[i] = product + offset
				}
				f.bytes("l.weight.absmax", safetensors.U8, []int{blocks}, bytes)
				f.floats("l.weight.nested_absmax", safetensors.F32, []int{len(outer)}, outer).floats("l.weight.nested_quant_map", safetensors.F32, []int{256}, inner)
				nested = `, "nested_blocksize": 2, "nested_dtype": "float32", "nested_offset": 0.17153167724609375`
			} else {
				f.floats("l.weight.absmax", safetensors.F32, []int{blocks}, absmax)
			}
			if c.storage == safetensors.U8 {
				f.bytes("l.weight", safetensors.U8, []int{len(data), 1}, data)
			} else {
				f.bytes("l.weight", c.storage, []int{len(data) / 2, 1}, data)
			}
			f.floats("l.weight.quant_map", safetensors.F32, []int{16}, levels)
			names := map[safetensors.DType]string{safetensors.F16: "float16", safetensors.BF16: "bfloat16", safetensors.F32: "float32"}
			shape := ""
			for i, d := range c.shape {
				if i > 0 {
					shape += ", "
				}
				shape += fmt.Sprint(d)
			}
			state := fmt.Sprintf(`{"quant_type": %q, "blocksize": %d, "dtype": %q, "shape": [%s]%s}`, c.kind, c.block, names[c.dtype], shape, nested)
			f.bytes("l.weight.quant_state.bitsandbytes__"+c.kind, safetensors.U8, []int{len(state)}, []byte(state))
			wantValues(t, f.open(), "l.weight", []int{int(c.shape[0]), cols}, func(o, i int) float32 {
				at := o*cols + i
				return rounded(c.dtype, levels[codes[at]]*absmax[at/c.block])
			})
		})
	}
}

func TestBitNetShapes(t *testing.T) {
	t.Parallel()
	const out, in = 12, 20
	for _, class := range []string{"bitlinear", "autobitlinear"} {
		for _, d := range []safetensors.DType{safetensors.F16, safetensors.F32} {
			t.Run(class+" "+string(d), func(t *testing.T) {
				t.Parallel()
				r := source(4)
				ternary := make([]int, out*in)
				packed := make([]byte, out/4*in)
				for i := range ternary {
					ternary[i] = r.IntN(3) - 1
					row, col := i/in, i%in
					packed[row%(out/4)*in+col] |= byte(ternary[i]+1) << (2 * (row / (out / 4)))
				}
				const scale = 0.0366210938
				f := newFolder(t).config(fmt.Sprintf(`{"quantization_config": {"quant_method": "bitnet", "linear_class": %q, "quantization_mode": "offline"}}`, class))
				f.bytes("l.weight", safetensors.U8, []int{out / 4, in}, packed).floats("l.weight_scale", d, []int{1}, []float32{scale})
				f.floats("norm.weight", safetensors.F32, []int{2}, []float32{1, 2})
				s := rounded(d, scale)
				wantValues(t, f.open(), "l.weight", []int{out, in}, func(o, i int) float32 {
					w := float32(ternary[o*in+i])
					if class == "bitlinear" {
						return rounded(d, w/s)
					}
					return rounded(d, w*s)
				})
			})
		}
	}
}
