// Command int2mul writes the amd64 assembly behind int2/kernel that needs
// AVX-512 with VNNI:
//
//	go generate ./int2/kernel
//
// Every kernel gives the bits of the portable Go in that package. The flag
// -kernels picks which file is written.
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
	kernels := flag.String("kernels", "", "what to write: few, many, quantize or peak")
	flag.Parse()
	ConstraintExpr("amd64")
	declare()
	switch *kernels {
	case "few":
		few()
	case "many":
		many()
	case "quantize":
		largest()
		encode()
	case "peak":
		dots()
		read()
	default:
		fmt.Fprintf(os.Stderr, "-kernels=%s: no such kernels; use few, many, quantize or peak\n", *kernels)
		os.Exit(2)
	}
	Generate()
}

func begin(name, signature, doc string) {
	TEXT(name, attr.NOSPLIT, signature)
	Doc(doc)
	Pragma("noescape")
}

func load(name string) reg.Register { return Load(Param(name), GP64()) }

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

func indexed(base, index reg.Register, disp int) operand.Mem {
	return operand.Mem{Base: base, Index: index, Scale: 1, Disp: disp}
}

func zeroed() reg.VecVirtual {
	z := ZMM()
	VPXORD(z, z, z)
	return z
}

// rows addresses up to 6 rows at one distance by a pointer every third row:
// base, base + stride and base + 2·stride reach the rest.
type rows struct {
	bases  []reg.Register
	stride reg.Register
}

// newRows takes over the first row's pointer; stride is in bytes.
func newRows(n int, first, stride reg.Register) rows {
	r := rows{bases: []reg.Register{first}, stride: stride}
	for i := 3; i < n; i += 3 {
		next := GP64()
		LEAQ(operand.Mem{Base: r.bases[len(r.bases)-1], Index: stride, Scale: 2}, next)
		ADDQ(stride, next)
		r.bases = append(r.bases, next)
	}
	return r
}

// at is disp bytes into row i.
func (r rows) at(i, disp int) operand.Mem {
	m := operand.Mem{Base: r.bases[i/3], Disp: disp}
	if i%3 > 0 {
		m.Index, m.Scale = r.stride, uint8(i%3)
	}
	return m
}

// advance moves every row on by so many bytes.
func (r rows) advance(bytes operand.Op) {
	for _, b := range r.bases {
		ADDQ(bytes, b)
	}
}
