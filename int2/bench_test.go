package int2

import (
	"context"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// BenchmarkSolvers reports, for every solver on one core with all metrics,
// weights a second, the speed over a plain scalar loop that does
// round-to-nearest and its SQNR only, and the share of the memory bandwidth
// that a reader of the weights would use: all three measured in this run.
func BenchmarkSolvers(b *testing.B) {
	const rows, cols = 2048, 1024
	m := gaussMatrix(rows, cols, 0.02)
	plain := nsPerWeight(rows*cols, func() { plainLoop(m.Data, 64) })
	read := nsPerWeight(rows*cols, readLoop(m.Data))
	b.Logf("plain loop %.2f ns a weight, memory read %.3f ns a weight (%.1f GB/s)", plain, read, 4/read)
	for _, s := range []Scheme{
		{Bits: 2, Grid: Half, Group: 64, Solver: RTN},
		{Bits: 2, Grid: Twos, Group: 64, Solver: RTN},
		{Bits: 2, Grid: Affine, Group: 64, Solver: RTN},
		{Bits: 2, Grid: Half, Group: 64, Solver: Search},
		{Bits: 2, Grid: Half, Group: PerChannel, Solver: Search},
		{Bits: 2, Grid: Twos, Group: 64, Solver: Search},
		{Bits: 2, Grid: Affine, Group: 64, Solver: Search},
		{Bits: 2, Grid: Affine, Group: 64, Solver: LS},
		{Bits: 2, Grid: Affine, Group: 64, Solver: HQQ},
		{Bits: 2, Grid: Affine, Group: 64, Solver: SINQ},
		{Bits: 4, Grid: Half, Group: 64, Solver: Search},
		{Bits: 8, Grid: Half, Group: 64, Solver: RTN},
	} {
		b.Run(s.String(), func(b *testing.B) {
			for b.Loop() {
				if _, err := Quantize(context.Background(), m, s, Options{Workers: 1}); err != nil {
					b.Fatal(err)
				}
			}
			ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / (rows * cols)
			b.ReportMetric(ns, "ns/weight")
			b.ReportMetric(1e3/ns, "Mweights/s")
			b.ReportMetric(4/ns, "GB/s")
			b.ReportMetric(plain/ns, "×plain")
			b.ReportMetric(read/ns, "×read")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkKernels times the row loops on data in the first-level cache.
func BenchmarkKernels(b *testing.B) {
	const n, g = 1024, 64
	w, q, codes := gaussMatrix(1, n, 0.02).Data, make([]float32, n), make([]uint8, n)
	gc := groupCode{inv: 50, off: 1.5, half: 0.01 / 255, step: 510, v: -765, top: 3}
	var counts [4]int64
	var t sorter
	packed := make([]byte, n/4)
	for _, k := range []struct {
		name string
		f    func(lo, hi int)
		step int
	}{
		{"range", func(lo, hi int) { rangeOf(w[lo:hi]) }, g},
		{"quantize", func(lo, hi int) { quantizeGroup(codes[lo:hi], q[lo:hi], w[lo:hi], &gc) }, g},
		{"outside", func(lo, hi int) { countOutside(w[lo:hi], -0.04, 0.04) }, g},
		{"codeSums", func(lo, hi int) { sumCodes(w[lo:hi], 50, 1.5, 3) }, g},
		{"groupError", func(lo, hi int) { groupError(w[lo:hi], &gc) }, g},
		{"errors", func(lo, hi int) { sumErrors(w[lo:hi], q[lo:hi]) }, n},
		{"moments", func(lo, hi int) { sumMoments(w[lo:hi], 0.01) }, n},
		{"counts", func(lo, hi int) { countCodes(counts[:], codes[lo:hi]) }, n},
		{"pack", func(lo, hi int) { PackRow(packed, codes, 2) }, n},
		{"sort", func(lo, hi int) { t.sort(w[lo:hi], 0.1) }, g},
		{"halfOptimum", func(lo, hi int) { halfOptimum(t.keys[:g]) }, g},
		{"twosOptimum", func(lo, hi int) { twosOptimum(t.keys[:g], false) }, g},
	} {
		b.Run(k.name, func(b *testing.B) {
			for b.Loop() {
				for i := 0; i < n; i += k.step {
					k.f(i, i+k.step)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/weight")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func gaussMatrix(rows, cols int, sigma float64) *Dense {
	rng := rand.New(rand.NewPCG(uint64(rows), uint64(cols)))
	m := &Dense{Rows: rows, Cols: cols, Data: make([]float32, rows*cols)}
	for i := range m.Data {
		m.Data[i] = float32(rng.NormFloat64() * sigma)
	}
	return m
}

// nsPerWeight is the best of a few runs.
func nsPerWeight(n int, f func()) float64 {
	best := math.Inf(1)
	for range 5 {
		start := time.Now()
		f()
		best = min(best, float64(time.Since(start).Nanoseconds())/float64(n))
	}
	return best
}

// plainLoop is what one writes first: the half grid, absmax/2, SQNR.
func plainLoop(w []float32, group int) float64 {
	var signal, err float64
	for lo := 0; lo < len(w); lo += group {
		g := w[lo:min(lo+group, len(w))]
		var peak float64
		for _, x := range g {
			peak = math.Max(peak, math.Abs(float64(x)))
		}
		s := peak / 2
		for _, x := range g {
			v := float64(x)
			c := math.Min(math.Max(math.RoundToEven(v/s+1.5), 0), 3)
			e := (c-1.5)*s - v
			signal += v * v
			err += e * e
		}
	}
	return 10 * math.Log10(signal/err)
}

// readLoop reads memory that no cache holds, as much as w has.
func readLoop(w []float32) func() {
	const span = 1 << 26
	data := make([]byte, max(span, 4*len(w)))
	for i := range data {
		data[i] = byte(i)
	}
	at := 0
	var sink uint64
	return func() {
		n := 4 * len(w)
		if at+n > len(data) {
			at = 0
		}
		part := data[at : at+n]
		at += n
		var a, b, c, d uint64
		for len(part) >= 32 {
			a ^= binary.LittleEndian.Uint64(part)
			b ^= binary.LittleEndian.Uint64(part[8:])
			c ^= binary.LittleEndian.Uint64(part[16:])
			d ^= binary.LittleEndian.Uint64(part[24:])
			part = part[32:]
		}
		sink ^= a ^ b ^ c ^ d
	}
}
