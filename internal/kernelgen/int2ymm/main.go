// Command int2ymm writes the amd64 assembly of int2/kernel for vectors of 256 bits:
//
//	go generate ./int2/kernel
//
// The flag -kernels picks AVX2 with the quantization of activations, or
// AVX-VNNI, whose one instruction Go's assembler does not know: it is written
// as bytes. Which values the kernels compute is said in int2/kernel.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build" // its own idiom: instructions read as in assembly
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	kernels := flag.String("kernels", "", "what to write: avx2 or avxvnni")
	flag.Parse()
	declare()
	ConstraintExpr("amd64")
	switch *kernels {
	case "avx2":
		strips(tier{name: "AVX2"})
		largest()
		encode()
		peaks(tier{name: "AVX2"})
	case "avxvnni":
		strips(tier{name: "AVXVNNI", vnni: true})
		peaks(tier{name: "AVXVNNI", vnni: true})
	default:
		fmt.Fprintf(os.Stderr, "-kernels=%s: no such kernels; use avx2 or avxvnni\n", *kernels)
		os.Exit(2)
	}
	Generate()
}

// begin declares a function.
func begin(name, signature, doc string) {
	TEXT(name, attr.NOSPLIT, signature)
	Doc(name + " " + doc)
	Pragma("noescape")
}

func load(name string) reg.GPVirtual {
	r := GP64()
	MOVQ(param(name), r)
	return r
}

// param is where an argument lies on the stack.
func param(name string) operand.Mem {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// finish leaves the upper halves of the registers clean: Go's own code slows
// down by two orders of magnitude otherwise.
func finish() {
	VZEROUPPER()
	RET()
}

func at(base reg.Register, disp int) operand.Mem { return operand.Mem{Base: base, Disp: disp} }

func imm(n int) operand.Op { return operand.I32(int32(n)) }

func to(label string) operand.LabelRef { return operand.LabelRef(label) }

// y are the vector registers by number: VPDPBUSD is encoded here, so that
// numbers must be known.
var y = [16]reg.VecPhysical{
	reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7,
	reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15,
}

// table is 32 bytes of a constant.
func table(name string, word uint64) operand.Mem {
	m := GLOBL(name, attr.RODATA|attr.NOPTR)
	for i := range 4 {
		DATA(8*i, operand.U64(word))
	}
	return m
}
