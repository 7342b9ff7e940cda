package export

import (
	"math"
	"testing"

	"github.com/mmtui/mmtui/core/model"
	"github.com/mmtui/mmtui/core/safetensors"
)

// The decoders below are written from the table of the published fixtures'
// README and share nothing with the code that packs.

func word(b []byte, i int) uint32 {
	return uint32(b[4*i]) | uint32(b[4*i+1])<<8 | uint32(b[4*i+2])<<16 | uint32(b[4*i+3])<<24
}

// field is bits b·i … of a stream of words lowest bit first.
func field(words func(i int) uint32, b, i int) int {
	at := b * i
	v := uint64(words(at / 32))
	if at%32+b > 32 {
		v |= uint64(words(at/32+1)) << 32
	}
	return int(v>>(at%32)) & (1<<b - 1)
}

func decodeGPTQ(all map[string][]byte, module string, bits, in, out, plus int) []float32 {
	qweight, qzeros, scales, gIdx := all[module+".qweight"], all[module+".qzeros"], all[module+".scales"], all[module+".g_idx"]
	w := make([]float32, out*in)
	for o := range out {
		for i := range in {
			g := int(word(gIdx, i))
			q := field(func(k int) uint32 { return word(qweight, k*out+o) }, bits, i)
			z := field(func(k int) uint32 { return word(qzeros, g*out*bits/32+k) }, bits, o) + plus
			s := safetensors.F16ToF32(uint16(scales[2*(g*out+o)]) | uint16(scales[2*(g*out+o)+1])<<8)
			w[o*in+i] = float32(q-z) * s
		}
	}
	return w
}

func decodeCompressed(all map[string][]byte, module string, bits, in, out, groups int, d safetensors.DType) []float32 {
	packed, scale, zeros := all[module+".weight_packed"], all[module+".weight_scale"], all[module+".weight_zero_point"]
	w := make([]float32, out*in)
	half := func(b []byte, i int) float32 {
		h := uint16(b[2*i]) | uint16(b[2*i+1])<<8
		if d == safetensors.F16 {
			return safetensors.F16ToF32(h)
		}
		return safetensors.BF16ToF32(h)
	}
	for o := range out {
		for i := range in {
			g := i / (in / groups)
			q := field(func(k int) uint32 { return word(packed, o*(in*bits/32)+k) }, bits, i) - 1<<(bits-1)
			z := 0
			if zeros != nil {
				z = field(func(k int) uint32 { return word(zeros, k*groups+g) }, bits, o) - 1<<(bits-1)
			}
			w[o*in+i] = float32(q-z) * half(scale, o*groups+g)
		}
	}
	return w
}

// sqnr of a decoded matrix against its source, in dB.
func sqnr(t *testing.T, source *model.Tensor, got []float32) float64 {
	t.Helper()
	rows, err := source.Rows(t.Context())
	must(t, err)
	defer rows.Close()
	want := make([]float32, len(got))
	n, _ := rows.Dims()
	must(t, rows.ReadRows(t.Context(), 0, n, want))
	var signal, noise float64
	for i, w := range want {
		signal += float64(w) * float64(w)
		d := float64(got[i]) - float64(w)
		noise += d * d
	}
	return 10 * math.Log10(signal/noise)
}
