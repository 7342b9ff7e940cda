// Command gemm writes the amd64 assembly behind internal/gemm:
//
//	go generate ./internal/gemm
//
// Every kernel is the twin of a portable Go loop in internal/gemm and gives the
// same bits; the package's documentation states the order of its sums. The flag
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
	kernels := flag.String("kernels", "", "what to write: tile, dot, pack or peak")
	flag.Parse()
	ConstraintExpr("amd64")
	switch *kernels {
	case "tile":
		tiles()
	case "dot":
		dots()
	case "pack":
		packs()
	case "peak":
		peaks()
	default:
		fmt.Fprintf(os.Stderr, "-kernels=%s: no such kernels; use tile, dot, pack or peak\n", *kernels)
		os.Exit(2)
	}
	Generate()
}

// isa is what differs between the two tiers.
type isa struct {
	name  string
	lanes int // float32 in a register
	reg   func() reg.VecVirtual
}

var avx512 = isa{"AVX512", 16, ZMM}
var avx2 = isa{"AVX2", 8, YMM}

// bytes is the size of a register.
func (v isa) bytes() int { return 4 * v.lanes }

// zeroed gives n registers of zeros.
func (v isa) zeroed(n int) []reg.VecVirtual {
	out := make([]reg.VecVirtual, n)
	for i := range out {
		out[i] = v.reg()
		v.zero(out[i])
	}
	return out
}

func (v isa) zero(r reg.VecVirtual) {
	if v.lanes == 16 {
		VPXORD(r, r, r)
		return
	}
	VXORPS(r, r, r)
}

// kind is how the weights lie in memory.
type kind struct {
	name  string
	bytes int
}

var kinds = []kind{{"F32", 4}, {"BF16", 2}, {"F16", 2}}

// load reads one register of weights as float32.
func (k kind) load(from operand.Mem, to reg.VecVirtual) {
	switch k.name {
	case "F32":
		VMOVUPS(from, to)
	case "BF16":
		VPMOVZXWD(from, to)
		VPSLLD(operand.U8(16), to, to)
	case "F16":
		VCVTPH2PS(from, to)
	}
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

// rows addresses up to 12 rows at one distance by a pointer every third row:
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
func (r rows) advance(bytes int) {
	for _, b := range r.bases {
		ADDQ(operand.I32(int32(bytes)), b)
	}
}

func at(base reg.Register, disp int) operand.Mem { return operand.Mem{Base: base, Disp: disp} }

// upper moves the upper half of a register of 256 bits.
func (v isa) upper(from, to reg.VecVirtual) {
	if v.lanes == 16 {
		VEXTRACTF32X4(operand.U8(1), from, to)
		return
	}
	VEXTRACTF128(operand.U8(1), from, to)
}
