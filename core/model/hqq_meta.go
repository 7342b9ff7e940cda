package model

import (
	"math"

	"github.com/mmtui/mmtui/core/safetensors"
)

// hqqMeta are the parts of an HQQ linear beside W_q, scale and zero, as tensors.
func hqqMeta() []string {
	return []string{"shape", "nbits", "group_size", "axis", "packing", "compute_dtype", "unpack_view_dtype",
		"view_as_float", "quant_scale", "quant_zero", "channel_wise", "optimize", "round_zero", "offload_meta",
		"encoded_state_dict", "stores_quant_config"}
}

// hqqReader reads the meta tensors of one linear; the first error stays.
type hqqReader struct {
	g      *grouping
	anchor anchor
	parts  []stored // W_q and whatever else belongs to the linear
	err    error
}

func newHQQReader(g *grouping, a anchor) *hqqReader {
	m := &hqqReader{g: g, anchor: a, parts: []stored{a.stored}}
	for _, key := range append([]string{"scale", "zero"}, hqqMeta()...) {
		if s, ok := m.part(key); ok {
			m.parts = append(m.parts, s)
		}
	}
	return m
}

func (m *hqqReader) part(key string) (stored, bool) { return m.g.part(m.anchor.prefix + "." + key) }

func (m *hqqReader) fail(err error) {
	if m.err == nil {
		m.err = err
	}
}

// need is a part that must be there.
func (m *hqqReader) need(key string) stored {
	s, err := m.g.need(m.anchor.stored, m.anchor.prefix+"."+key)
	m.fail(err)
	return s
}

// number is the value of a scalar part.
func (m *hqqReader) number(key string, missing float64) float64 {
	s, ok := m.part(key)
	if !ok || m.err != nil {
		return missing
	}
	if s.Parameters() != 1 || !s.DType.Readable() {
		m.fail(damaged(s, "%s is not a single number", typed(s)))
		return missing
	}
	v := make([]float32, 1)
	if err := s.File.ReadValues(m.g.ctx, s.Info, 0, v); err != nil {
		m.fail(err)
		return missing
	}
	return float64(v[0])
}

// integer is a number that must be whole and fit 31 bits.
func (m *hqqReader) integer(key string, missing int) int {
	v := m.number(key, float64(missing))
	if v != math.Trunc(v) || math.Abs(v) > math.MaxInt32 {
		s, _ := m.part(key)
		m.fail(damaged(s, "%v is not a whole number of use here", v))
		return missing
	}
	return int(v)
}

func (m *hqqReader) flag(key string, missing bool) bool {
	number := 0.0
	if missing {
		number = 1
	}
	return m.number(key, number) != 0
}

// str is a string that the tool stores as one byte a character, "" when absent.
func (m *hqqReader) str(key string) string {
	s, ok := m.part(key)
	if !ok || m.err != nil {
		return ""
	}
	if err := want(s, safetensors.U8); err != nil {
		m.fail(err)
		return ""
	}
	b, err := loadSmall(m.g.ctx, s, 256)
	m.fail(err)
	return string(b)
}
