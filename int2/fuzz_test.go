package int2

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"testing"
)

// FuzzQuantize quantizes any bits read as float32: a matrix is refused for NaN
// or Inf only, the packed form is valid, and round-to-nearest is never better.
func FuzzQuantize(f *testing.F) {
	word := func(v ...float32) (out []byte) {
		for _, x := range v {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
		}
		return out
	}
	f.Add(uint8(0), uint8(1), uint8(4), word(1, -2, 3, 4, 5, 6, 7))
	f.Add(uint8(9), uint8(0), uint8(1), word(1e-44, 3e38, -3e38, 0, 1e-38))
	f.Add(uint8(20), uint8(2), uint8(3), word(1e30, 1e-30, -1e10, 5, float32(math.Inf(1))))
	f.Fuzz(func(t *testing.T, scheme, group, width uint8, data []byte) {
		schemes := allSchemes(int(group%5) * 16)
		s := schemes[int(scheme)%len(schemes)]
		m := &Dense{Cols: int(width%80) + 1}
		m.Rows = min(len(data)/4/m.Cols, 8)
		m.Data = make([]float32, m.Rows*m.Cols)
		for i := range m.Data {
			m.Data[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
		res, err := Quantize(context.Background(), m, s, Options{Keep: true, Detail: true, Ideal: true, Workers: 1})
		_, _, finite := rangeOf(m.Data)
		if errors.Is(err, ErrNotFinite) && !finite {
			return
		}
		if err != nil || !finite {
			t.Fatalf("finite %v: %v", finite, err)
		}
		checkPacked(t, m, res, s.String())
		if s.IntegerZero {
			return
		}
		s.Solver = RTN
		rtn, err := Quantize(context.Background(), m, s, Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		if res.Metrics.Error > rtn.Metrics.Error {
			t.Fatalf("%s: error %v, round-to-nearest %v", res.Solver, res.Metrics.Error, rtn.Metrics.Error)
		}
	})
}
