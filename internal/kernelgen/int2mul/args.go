package main

import (
	"go/token"
	"go/types"

	. "github.com/mmcloughlin/avo/build" // its own idiom: instructions read as in assembly
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// args are the fields of the type args in int2/kernel, in order, eight bytes each.
var args = []string{
	"codes", "codeStep", "mult", "multStep", "offset",
	"x", "xRow", "start", "startStep", "startRow", "sums", "sumsRow",
	"blocks", "groupBlock", "narrow", "strips", "totals", "resume", "more",
	"half", "scale", "bias", "y", "yRow", "outputs", "group", "spare", "spare", "ahead",
}

// The first two of the spare words are outputs, the bytes of outputs before
// this strip, and group, the bytes of sums before this group.

// field is where a field lies.
func field(a reg.Register, name string) operand.Mem {
	for i, n := range args {
		if n == name {
			return at(a, 8*i)
		}
	}
	panic("args have no field " + name)
}

// loaded is a field in a register.
func loaded(a reg.Register, name string) reg.Register {
	r := GP64()
	MOVQ(field(a, name), r)
	return r
}

// declare makes the type args known to the signatures of kernels, which are
// read outside of the package that has it.
func declare() {
	name := types.NewTypeName(token.NoPos, nil, "args", nil)
	types.NewNamed(name, types.NewStruct(nil, nil), nil)
	types.Universe.Insert(name)
}
