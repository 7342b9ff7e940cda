// Command attention writes the assembly behind internal/attention:
//
//	go generate ./internal/attention
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/mmtui/mmtui/internal/kernelgen/simd"
)

func main() {
	dir := flag.String("dir", ".", "`directory` to write to")
	flag.Parse()
	if err := simd.Write(*dir, "go run ../kernelgen/attention", "attention", describe); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// rowBytes is the size of a row of a tile: 32 queries, one a lane.
const rowBytes = 4 * 32

// shape is how many rows and columns of vectors a kernel keeps in registers.
type shape struct{ rows, cols int }

// shapes are those of the kernels for scores and for values. All but the
// narrow ones of AVX-512 have two vectors a row.
func shapes(m simd.Machine) (scores, values []shape) {
	switch m.Suffix() {
	case "AVX512":
		return []shape{{12, 2}, {4, 2}, {1, 2}, {12, 1}, {4, 1}, {1, 1}},
			[]shape{{8, 2}, {4, 2}, {1, 2}, {8, 1}, {4, 1}, {1, 1}}
	case "AVX2":
		return []shape{{6, 2}, {2, 2}, {1, 2}}, []shape{{6, 2}, {4, 2}, {1, 2}}
	}
	return []shape{{8, 2}, {4, 2}, {1, 2}}, []shape{{8, 2}, {4, 2}, {1, 2}}
}

func describe(m simd.Machine) {
	forScores, forValues := shapes(m)
	for _, s := range forScores {
		scores(m, s)
	}
	for _, s := range forValues {
		values(m, s)
	}
	weights(m, 2)
	if m.Suffix() == "AVX512" {
		weights(m, 1)
	}
	if m.Suffix() != "AVX512" { // which uses AVX2's
		turn(m)
	}
	dots(m)
	mix(m, 4)
	mix(m, 1)
}

// size is the bytes of a vector.
func size(m simd.Machine) int { return 4 * m.Lanes() }

// name is that of a kernel for so many rows and queries.
func (s shape) name(m simd.Machine, what string) string {
	return fmt.Sprintf("%s%dx%d", what, s.rows, s.cols*m.Lanes())
}

// registers calls f for every accumulator.
func (s shape) registers(f func(row, col int)) {
	for i := range s.rows {
		for j := range s.cols {
			f(i, j)
		}
	}
}

// grid holds one accumulator for every row and vector.
func (s shape) grid(f func(row, col int) simd.Vec) [][]simd.Vec {
	acc := make([][]simd.Vec, s.rows)
	s.registers(func(i, j int) { acc[i] = append(acc[i], f(i, j)) })
	return acc
}
