// Command int2neon writes the arm64 assembly of int2/kernel, for processors
// with dot products (FEAT_DotProd):
//
//	go generate ./int2/kernel
//
// The kernels are those of the command int2ymm beside it, with vectors of 128
// bits. Which values they compute is said in int2/kernel.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/mmtui/mmtui/internal/kernelgen/neon"
)

func main() {
	out := flag.String("out", "neon_arm64.s", "the assembly")
	stubs := flag.String("stubs", "neon_stubs_arm64.go", "the declarations")
	pkg := flag.String("pkg", "kernel", "the package")
	flag.Parse()
	f := &file{File: &neon.File{}}
	for _, bits := range []int{2, 4, 8} {
		for rows := 1; rows <= 4; rows++ {
			newKernel(f, bits, rows, 1).write()
		}
		newKernel(f, bits, 1, 4).write()
	}
	f.largest()
	f.encode()
	f.dotPeak()
	f.readPeak()
	command := strings.Join(append([]string{"go run main.go"}, os.Args[1:]...), " ")
	if err := f.Write(*out, *stubs, *pkg, command); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// fields are those of args in int2/kernel, eight bytes each.
var fields = []string{
	"codes", "codeStep", "mult", "multStep", "offset",
	"x", "xRow", "start", "startStep", "startRow", "sums", "sumsRow", "blocks", "groupBlock", "narrow",
	"strips", "totals", "resume", "more",
	"half", "scale", "bias", "y", "yRow",
	"spare0", "spare1", "spare2", "spare3", "ahead",
}
