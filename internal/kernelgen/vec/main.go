// Command vec writes the assembly behind internal/vec:
//
//	go generate ./internal/vec
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
	if err := simd.Write(*dir, "go run ../kernelgen/vec", "vec", describe); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// describe writes every kernel for one machine. Element-wise kernels take
// blocks of 16 floats, reductions blocks of 32: lane i of acc sums up the
// elements i, i+32, i+64 … of all blocks.
func describe(m simd.Machine) {
	activations(m)
	pairs(m)
	softmax(m)
	norms(m)
}

const (
	block  = 16 // floats
	reduce = 32
)

// vectors is how many vectors make up so many floats.
func vectors(m simd.Machine, floats int) int { return floats / m.Lanes() }

// size is the bytes of a vector.
func size(m simd.Machine) int { return 4 * m.Lanes() }

// each runs body for every vector of every block, and moves the pointers on.
func each(m simd.Machine, floats int, body func(i, offset int), pointers ...simd.Int) {
	m.Loop(m.Arg("blocks"), func() {
		for i := range vectors(m, floats) {
			body(i, i*size(m))
		}
		for _, p := range pointers {
			m.Step(p, 4*floats)
		}
	})
}
