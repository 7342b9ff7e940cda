// Command gemmneon writes the arm64 assembly behind internal/gemm:
//
//	go generate ./internal/gemm
//
// The kernels are those of the command gemm beside it, with vectors of four.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/mmtui/mmtui/internal/kernelgen/neon"
)

func main() {
	out := flag.String("out", "kernels_arm64.s", "the assembly")
	stubs := flag.String("stubs", "stubs_arm64.go", "the declarations")
	pkg := flag.String("pkg", "gemm", "the package")
	flag.Parse()
	f := &neon.File{}
	for m := 1; m <= tileRows; m++ {
		tile(f, m)
	}
	for _, k := range kinds {
		dot(f, k)
	}
	for _, k := range kinds {
		pack(f, k)
	}
	fma(f)
	read(f)
	command := strings.Join(append([]string{"go run main.go"}, os.Args[1:]...), " ")
	if err := f.Write(*out, *stubs, *pkg, command); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// kind is how the weights lie in memory.
type kind struct {
	name  string
	bytes int
}

var kinds = []kind{{"F32", 4}, {"BF16", 2}, {"F16", 2}}

// widen turns four of the eight 2-byte weights in n into float32.
func (k kind) widen(f *neon.File, d, n neon.V, high bool) {
	if k.name == "BF16" {
		f.WidenBF16(d, n, high)
		return
	}
	f.WidenF16(d, n, high)
}
