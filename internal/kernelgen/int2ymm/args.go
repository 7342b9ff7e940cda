package main

import (
	"go/token"
	"go/types"

	. "github.com/mmcloughlin/avo/build" // its own idiom: instructions read as in assembly
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// fields are those of args in int2/kernel, eight bytes each.
var fields = []string{
	"codes", "codeStep", "mult", "multStep", "offset",
	"x", "xRow", "start", "startStep", "startRow", "sums", "sumsRow", "blocks", "groupBlock", "narrow",
	"strips", "totals", "resume", "more",
	"half", "scale", "bias", "y", "yRow",
	"spare0", "spare1", "spare2", "spare3", "ahead",
}

// arg is a field of the kernel's args.
func (k *kernel) arg(name string) operand.Mem {
	for i, f := range fields {
		if f == name {
			return at(k.args, 8*i)
		}
	}
	panic("args has no field " + name)
}

func (k *kernel) load(name string) reg.GPVirtual {
	r := GP64()
	MOVQ(k.arg(name), r)
	return r
}

// copy is a place on the stack with a field's value. What a kernel counts or
// moves on lives there: args belongs to the collector, whose pointers must not
// run past what they point to.
func (k *kernel) copy(name string) operand.Mem {
	local := AllocLocal(8)
	k.reset(local, name)
	return local
}

// reset gives it the field's value once more.
func (k *kernel) reset(local operand.Mem, name string) {
	MOVQ(k.arg(name), k.n)
	MOVQ(k.n, local)
}

// declare makes the name of args known where signatures are parsed.
func declare() {
	name := types.NewTypeName(token.NoPos, nil, "args", nil)
	types.NewNamed(name, types.NewStruct(nil, nil), nil)
	types.Universe.Insert(name)
}
