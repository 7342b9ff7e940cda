package int2

import (
	"math"
	"os"

	"golang.org/x/sys/cpu"
)

//go:generate go run ../internal/kernelgen/int2 -out kernel_amd64.s -stubs kernel_stubs_amd64.go -pkg int2

// ISAVariable names the environment variable that, set to "portable", keeps
// the machine's own kernels out: results are the same to the last bit.
const ISAVariable = "MMTUI_ISA"

// useAVX2 is fixed when the program starts.
var useAVX2 = cpu.X86.HasAVX2 && os.Getenv(ISAVariable) != "portable"

// longestCall bounds the blocks of one kernel call: assembly cannot be
// preempted, and this many take well under 100 µs.
const longestCall = 4096

// inBlocks calls kernel with the start and number of whole blocks of 8
// elements, a bounded number at a time, and returns how many elements it took.
func inBlocks(n int, kernel func(at, blocks int)) int {
	if !useAVX2 {
		return 0
	}
	total := n / lanes
	for at := 0; at < total; at += longestCall {
		kernel(at*lanes, min(longestCall, total-at))
	}
	return total * lanes
}

func (l *errorLanes) blocks(w, q []float32) int {
	return inBlocks(len(w), func(at, n int) { errorsAVX2(&w[at], &q[at], n, &l[0][0]) })
}

func (l *momentLanes) blocks(w []float32, pivot float64) int {
	return inBlocks(len(w), func(at, n int) { momentsAVX2(&w[at], n, pivot, &l[0][0]) })
}

func (l *plainLanes) blocks(w []float32) int {
	return inBlocks(len(w), func(at, n int) { plainAVX2(&w[at], n, &l[0][0]) })
}

// groupWords are the constants of a group as the kernels read them.
type groupWords [13]uint32

const lowBytes = 0x0C080400 // for VPSHUFB: byte 0 of each of four words

func quantizeBlocks(codes []uint8, q, w []float32, g *groupCode) int {
	if !useAVX2 || len(w) < lanes {
		return 0
	}
	f := math.Float32bits
	c := groupWords{f(g.inv), f(g.off), f(roundMagic), uint32(roundMagicBits), uint32(roundMagicBits + g.top), lowBytes,
		uint32(g.step), uint32(g.v), f(g.half)}
	if g.top != 3 {
		return inBlocks(len(w), func(at, n int) { codesAVX2(&codes[at], &q[at], &w[at], n, &c[0]) })
	}
	for i := range 4 {
		c[9+i] = f(g.value(int32(i)))
	}
	return inBlocks(len(w), func(at, n int) { codes2AVX2(&codes[at], &q[at], &w[at], n, &c[0]) })
}

func outsideBlocks(w []float32, lo, hi float32) (n int64, done int) {
	var counts [lanes]uint32
	done = inBlocks(len(w), func(at, blocks int) {
		outsideAVX2(&w[at], blocks, lo, hi, &counts[0])
		for i, c := range counts {
			n += int64(c)
			counts[i] = 0
		}
	})
	return n, done
}

func rangeBlocks(w []float32) (high int32, low uint32, done int) {
	high = math.MinInt32
	var out [2][lanes]uint32
	for i := range out[0] {
		out[0][i] = uint32(1) << 31
	}
	done = inBlocks(len(w), func(at, n int) { rangeAVX2(&w[at], n, &out[0][0]) })
	for i := range lanes {
		high, low = max(high, int32(out[0][i])), max(low, out[1][i])
	}
	return high, low, done
}
