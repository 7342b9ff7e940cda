package model

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/mmtui/mmtui/core/report"
	"github.com/mmtui/mmtui/core/safetensors"
)

// bitsandbytes in 4 bits (nf4, fp4), per weight X:
//
//	X            any dtype, ⌈n/2⌉ bytes    two codes a byte, the high nibble first
//	X.absmax     F32 [⌈n/block⌉], or U8 when it is quantized itself ("double")
//	X.quant_map  F32 [16]
//	X.quant_state.bitsandbytes__nf4|fp4   U8, JSON: shape, dtype, blocksize, nested_…
//	X.nested_absmax F32, X.nested_quant_map F32 [256]   with double only
//
// Blocks run over the flat tensor. W = map[code]·absmax in float32, rounded to
// the recorded dtype; double: absmax = nested_map[u8]·nested_absmax + offset.

// bnbState is the JSON of quant_state.
type bnbState struct {
	QuantType    string   `json:"quant_type"`
	Blocksize    int      `json:"blocksize"`
	DType        string   `json:"dtype"`
	Shape        []int64  `json:"shape"`
	NestedBlock  int      `json:"nested_blocksize"`
	NestedDType  string   `json:"nested_dtype"`
	NestedOffset *float64 `json:"nested_offset"`
}

// maxStateBytes bounds the JSON; the tool writes less than 300 bytes.
const maxStateBytes = 16 << 10

func (g *grouping) bnb4bit() error {
	for _, kind := range []string{"nf4", "fp4"} {
		for _, a := range g.anchors(".quant_state.bitsandbytes__" + kind) {
			w, err := g.bnbWeight(a, kind)
			if err != nil {
				return err
			}
			detail := kind
			if w.nested != nil {
				detail += ", double"
			}
			g.add(methodBNB, packing{
				name: a.prefix, dtype: w.dtype, shape: w.shape, parts: w.parts(a.stored), decode: w,
				stored: report.Stored{Bits: 4, Group: w.block, Symmetric: kind == "fp4", Detail: detail},
			})
		}
	}
	return nil
}

// bnbWeight reads the state of one weight and checks its parts.
func (g *grouping) bnbWeight(a anchor, kind string) (*bnbWeight, error) {
	w := &bnbWeight{}
	var err error
	for _, p := range []struct {
		into *stored
		name string
	}{{&w.codes, a.prefix}, {&w.absmax, a.prefix + ".absmax"}, {&w.codebook, a.prefix + ".quant_map"}} {
		if *p.into, err = g.need(a.stored, p.name); err != nil {
			return nil, err
		}
	}
	state, err := g.bnbState(a, kind)
	if err != nil {
		return nil, err
	}
	shape, ok := checkedShape(state.Shape, 2*w.codes.Size())
	if !ok || (product(shape)+1)/2 > w.codes.Size() {
		return nil, damaged(a.stored, "shape %v does not fit the %d bytes of %s", state.Shape, w.codes.Size(), safetensors.Printable(a.prefix))
	}
	w.shape, w.block = shape, state.Blocksize
	// A storage dtype wider than a byte may leave a few bytes over.
	if spare := w.codes.Size() - (product(shape)+1)/2; spare >= int64(max(1, w.codes.DType.Bits()/8)) {
		return nil, damaged(w.codes, "%d bytes, more than %v needs", w.codes.Size(), shape)
	}
	if err := wantShape(w.codebook, []int{16}, safetensors.F32); err != nil {
		return nil, err
	}
	if w.dtype, ok = bnbTypes(state.DType); !ok {
		return nil, damaged(a.stored, "dtype %q is not float16, bfloat16 or float32", safetensors.Printable(state.DType))
	}
	blocks := int((product(shape) + int64(w.block) - 1) / int64(w.block))
	if err := want(w.absmax, safetensors.F32, safetensors.F16, safetensors.BF16, safetensors.U8); err != nil {
		return nil, err
	}
	if w.absmax.Parameters() != int64(blocks) {
		return nil, damaged(w.absmax, "shape %v, want %d blocks of %d", w.absmax.Shape, blocks, w.block)
	}
	return w, g.bnbNested(a, w, state)
}

// bnbState parses the JSON that quant_state holds.
func (g *grouping) bnbState(a anchor, kind string) (*bnbState, error) {
	if err := want(a.stored, safetensors.U8); err != nil {
		return nil, err
	}
	raw, err := loadSmall(g.ctx, a.stored, maxStateBytes)
	if err != nil {
		return nil, err
	}
	var s bnbState
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, damaged(a.stored, "is not the JSON of a quant_state: %v", err)
	}
	switch {
	case s.QuantType != kind:
		return nil, damaged(a.stored, "quant_type %q under the name of %s", safetensors.Printable(s.QuantType), kind)
	case s.Blocksize < 1 || s.Blocksize > 1<<20 || s.Blocksize&(s.Blocksize-1) != 0:
		return nil, damaged(a.stored, "blocksize %d is not a power of two", s.Blocksize)
	}
	return &s, nil
}

func bnbTypes(name string) (safetensors.DType, bool) {
	switch name {
	case "float16":
		return safetensors.F16, true
	case "bfloat16":
		return safetensors.BF16, true
	case "float32":
		return safetensors.F32, true
	}
	return "", false
}

// bnbNested checks the parts of a doubly quantized absmax.
func (g *grouping) bnbNested(a anchor, w *bnbWeight, s *bnbState) error {
	absmax, nested := g.part(a.prefix + ".nested_absmax")
	if nested != (w.absmax.DType == safetensors.U8) {
		return damaged(w.absmax, "dtype %s, and nested_absmax is there: %v; double quantization needs both", w.absmax.DType, nested)
	}
	if !nested {
		return nil
	}
	codebook, err := g.need(a.stored, a.prefix+".nested_quant_map")
	if err != nil {
		return err
	}
	if err := wantShape(codebook, []int{256}, safetensors.F32); err != nil {
		return err
	}
	switch {
	case s.NestedBlock < 1 || s.NestedBlock > 1<<20:
		return damaged(a.stored, "nested_blocksize %d is not possible", s.NestedBlock)
	case s.NestedOffset == nil || math.Abs(*s.NestedOffset) > math.MaxFloat32:
		return damaged(a.stored, "nested_offset is missing or not a float32")
	case s.NestedDType != "float32":
		return damaged(a.stored, "nested_dtype %q is not float32", safetensors.Printable(s.NestedDType))
	}
	count := ceilDiv(int(w.absmax.Parameters()), s.NestedBlock)
	if err := wantShape(absmax, []int{count}, safetensors.F32); err != nil {
		return err
	}
	w.nested = &bnbNested{absmax: absmax, codebook: codebook, block: s.NestedBlock, offset: float32(*s.NestedOffset)}
	return nil
}

// bnbWeight decodes one weight; rows are read as they are asked for.
type bnbWeight struct {
	codes, absmax, codebook stored
	nested                  *bnbNested
	shape                   []int
	block                   int
	dtype                   safetensors.DType
}

// bnbNested is the second level of double quantization.
type bnbNested struct {
	absmax, codebook stored
	block            int
	offset           float32
}

func (w *bnbWeight) parts(state stored) []stored {
	parts := []stored{w.codes, w.absmax, w.codebook, state}
	if w.nested != nil {
		parts = append(parts, w.nested.absmax, w.nested.codebook)
	}
	return parts
}

func (w *bnbWeight) scheme() string { return fmt.Sprintf("bitsandbytes 4 bits, blocks of %d", w.block) }

func (w *bnbWeight) load(ctx context.Context) (rowDecoder, error) {
	d := &bnbRows{bnbWeight: w, round: rounding(w.dtype)}
	_, d.flat, _, _ = (&Tensor{Shape: w.shape}).Matrix()
	var err error
	if d.levels, err = loadFloats(ctx, w.codebook); err != nil {
		return nil, err
	}
	d.scales, err = w.loadScales(ctx)
	return d, err
}

// loadScales gives the largest magnitude of every block.
func (w *bnbWeight) loadScales(ctx context.Context) ([]float32, error) {
	if w.nested == nil {
		return loadFloats(ctx, w.absmax)
	}
	codes, err := loadBytes(ctx, w.absmax)
	if err != nil {
		return nil, err
	}
	levels, err := loadFloats(ctx, w.nested.codebook)
	if err != nil {
		return nil, err
	}
	outer, err := loadFloats(ctx, w.nested.absmax)
	if err != nil {
		return nil, err
	}
	scales := make([]float32, len(codes))
	for i, c := range codes {
		// The conversion keeps the product from being fused with the sum.
		scales[i] = float32(levels[c]*outer[i/w.nested.block]) + w.nested.offset
	}
	return scales, nil
}

// bnbRows decodes runs of the flat tensor.
type bnbRows struct {
	*bnbWeight
	levels []float32
	scales []float32
	flat   int // columns of the matrix view
	round  func(float32) float32
}

func (d *bnbRows) decodeRows(_ context.Context, lo, hi int, dst []float32) error {
	first, last := int64(lo)*int64(d.flat), int64(hi)*int64(d.flat)
	if first == last {
		return nil
	}
	raw := make([]byte, (last+1)/2-first/2)
	if err := d.codes.File.ReadBytes(d.codes.Info, first/2, raw); err != nil {
		return err
	}
	for i := range dst {
		at := first + int64(i)
		b := raw[at/2-first/2]
		if at%2 == 0 {
			b >>= 4
		}
		dst[i] = d.round(d.levels[b&15] * d.scales[at/int64(d.block)])
	}
	return nil
}

// bitsandbytes in 8 bits, per linear X: X.weight I8 [out, in], X.SCB F32 [out]
// (the largest magnitude of a row), X.weight_format U8 (0: rows as they are).
// W = (q · SCB) · (1/127), two float32 products, as int8_vectorwise_dequant.

func (g *grouping) bnb8bit() error {
	for _, a := range g.anchors(".SCB") {
		weight, ok := g.part(a.prefix + ".weight")
		if !g.says(methodBNB) && (!ok || weight.DType != safetensors.I8) {
			continue // the name alone does not make it bitsandbytes
		}
		weight, err := g.need(a.stored, a.prefix+".weight")
		if err != nil {
			return err
		}
		if err := wantMatrix(weight, safetensors.I8); err != nil {
			return err
		}
		if err := want(a.stored, scaleTypes()...); err != nil {
			return err
		}
		if a.Parameters() != int64(weight.Shape[0]) {
			return damaged(a.stored, "shape %v, but the weight is %v", a.Shape, weight.Shape)
		}
		w := &bnbInt8{codes: weight, scb: a.stored}
		parts := []stored{weight, a.stored}
		if format, ok := g.part(a.prefix + ".weight_format"); ok {
			b, err := loadSmall(g.ctx, format, 64)
			if err != nil {
				return err
			}
			if name := strings.TrimRight(string(b), "\x00"); name != "" && name != "row" {
				g.refused = true
				g.warn("%s: tensor %s: bitsandbytes weight_format %v is not known: listed as stored",
					safetensors.Printable(weight.File.Path), safetensors.Printable(weight.Name), b)
				continue
			}
			parts = append(parts, format)
		}
		g.add(methodBNB, packing{
			name: weight.Name, dtype: safetensors.F32, shape: slices.Clone(weight.Shape), parts: parts, decode: w,
			stored: report.Stored{Bits: 8, Symmetric: true, Detail: "int8"},
		})
	}
	return nil
}

// bnbInt8 decodes one int8 linear.
type bnbInt8 struct{ codes, scb stored }

func (w *bnbInt8) scheme() string { return "bitsandbytes int8" }

func (w *bnbInt8) load(ctx context.Context) (rowDecoder, error) {
	scb, err := loadFloats(ctx, w.scb)
	return &bnbInt8Rows{w.codes, scb}, err
}

type bnbInt8Rows struct {
	codes stored
	scb   []float32
}

func (d *bnbInt8Rows) decodeRows(ctx context.Context, lo, _ int, dst []float32) error {
	const reciprocal = float32(7.874015718698502e-3) // 1/127 as the tool spells it
	in := d.codes.Shape[1]
	if err := d.codes.File.ReadValues(ctx, d.codes.Info, int64(lo)*int64(in), dst); err != nil {
		return err
	}
	for i := range dst {
		dst[i] = dst[i] * d.scb[lo+i/in] * reciprocal
	}
	return nil
}
