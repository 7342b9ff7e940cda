// Package simd lets one description of a kernel become assembly for three
// instruction sets: AVX-512 and AVX2 through avo, NEON as text of our own. A
// description sees vectors of Lanes floats and the few operations that the
// kernels need; each of them rounds the same way everywhere, so that what is
// written once gives the same bits on every machine.
package simd

// Vec is a vector register, or a constant that an operation reads from memory.
type Vec any

// Int is a general register: a pointer or a count.
type Int any

// Row is the address of one row of a matrix; see Machine.Rows.
type Row any

// Scalars are a few neighbouring floats of one row; see Machine.Scalars.
type Scalars any

// Machine writes one kernel after another. Offsets and steps are in bytes.
//
// Values are immutable but for those that Accumulate and its like change;
// these must come from Zero, Load, Hold or Mul, before the loop that changes them.
type Machine interface {
	// Lanes is how many floats a vector holds.
	Lanes() int
	// Suffix ends the names of the kernels: AVX512, AVX2 or NEON.
	Suffix() string

	// Begin starts a kernel whose parameters, given as in Go, are pointers to float32 and ints.
	Begin(name, doc string, params ...string)
	// End returns from the kernel.
	End()

	// Arg loads a parameter.
	Arg(name string) Int
	// Copy is a register of its own with the value of p.
	Copy(p Int) Int
	// Step is p += bytes, and StepBy p += q.
	Step(p Int, bytes int)
	StepBy(p, q Int)
	// Shift is n <<= by, or n >>= −by; Low is a new register, n & mask.
	Shift(n Int, by int)
	Low(n Int, mask int) Int
	// Loop runs body n times, which may be none, and leaves n at zero.
	Loop(n Int, body func())
	// Rows are n rows that lie stride bytes apart; StepRows moves all of them
	// on by a constant, and StepRowsBy by a register.
	Rows(base, stride Int, n int) []Row
	StepRows(rows []Row, bytes int)
	StepRowsBy(rows []Row, q Int)

	Load(p Int, offset int) Vec
	Store(v Vec, p Int, offset int)
	// StoreScalar writes lane 0.
	StoreScalar(v Vec, p Int, offset int)
	// Splat is the float at p in every lane.
	Splat(p Int, offset int) Vec
	// Const is a constant in every lane, Bits one given by its bits.
	Const(f float32) Vec
	Bits(b uint32) Vec
	// Hold is v in a register.
	Hold(v Vec) Vec
	Zero() Vec

	// Scalars reads count floats (1 or 4) of a row; Pick is one of them in every lane.
	Scalars(r Row, offset, count int) Scalars
	Pick(s Scalars, i int) Vec

	Add(a, b Vec) Vec
	Sub(a, b Vec) Vec // a − b
	Mul(a, b Vec) Vec
	Div(a, b Vec) Vec // a / b
	// Max and Min give b where one of both is not a number and it is b; where
	// it is a, the result is either: use them so that it does not matter.
	// Where both are zero the sign is either, but that of b if b is +0.
	Max(a, b Vec) Vec
	Min(a, b Vec) Vec
	And(a, b Vec) Vec
	Or(a, b Vec) Vec
	FMA(a, b, c Vec) Vec    // a·b + c
	NegFMA(a, b, c Vec) Vec // c − a·b
	// Accumulate is acc += a·b, Increase acc += a and Raise acc = max(acc, a), all in place.
	Accumulate(acc, a, b Vec)
	Increase(acc, a Vec)
	Raise(acc, a Vec)
	// Scale2 is v·2ⁿ, rounded once, for whole n of −252 … 254: n as a float,
	// and shifted, which is n + 1.5·2²³ as a float: the sum's bits hold n.
	Scale2(v, n, shifted Vec) Vec
	// Fold adds up 16 lanes that lie in 16/Lanes vectors: i and i+8, then i
	// and i+4, i+2, i+1; the sum is in lane 0.
	Fold(v []Vec) Vec
	// Transpose turns a square of Lanes rows; AVX-512 has none.
	Transpose(rows []Vec) []Vec
}

// Shifter is 1.5·2²³: a float of magnitude below 2²² that is added to it
// becomes a whole number, half to even, in the low bits of the sum.
const Shifter = 12582912
