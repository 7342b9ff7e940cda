package safetensors

// DType is the element type of a tensor, spelled as in the file.
type DType string

// The 22 element types of the format (safetensors 0.8).
const (
	BOOL       DType = "BOOL"
	F4         DType = "F4" // E2M1, two a byte, low nibble first
	F6E2M3     DType = "F6_E2M3"
	F6E3M2     DType = "F6_E3M2"
	U8         DType = "U8"
	I8         DType = "I8"
	F8E5M2     DType = "F8_E5M2"
	F8E4M3     DType = "F8_E4M3" // no infinity, NaN is 0x7f and 0xff
	F8E8M0     DType = "F8_E8M0" // powers of two 2^(b-127), 0xff is NaN, no zero
	F8E4M3FNUZ DType = "F8_E4M3FNUZ"
	F8E5M2FNUZ DType = "F8_E5M2FNUZ"
	I16        DType = "I16"
	U16        DType = "U16"
	F16        DType = "F16"
	BF16       DType = "BF16"
	I32        DType = "I32"
	U32        DType = "U32"
	F32        DType = "F32"
	C64        DType = "C64" // two F32: real, imaginary
	F64        DType = "F64"
	I64        DType = "I64"
	U64        DType = "U64"
)

// traits are what the package knows of an element type.
type traits struct {
	dtype DType
	bits  int
	class class
}

type class uint8

const (
	classOther class = iota // BOOL, C64
	classFloat
	classInt
)

// table lists the types in the order of the reference writer, which lays
// tensor data out from the last line to the first (see Write).
var table = [...]traits{
	{BOOL, 8, classOther},
	{F4, 4, classFloat},
	{F6E2M3, 6, classFloat},
	{F6E3M2, 6, classFloat},
	{U8, 8, classInt},
	{I8, 8, classInt},
	{F8E5M2, 8, classFloat},
	{F8E4M3, 8, classFloat},
	{F8E8M0, 8, classFloat},
	{F8E4M3FNUZ, 8, classFloat},
	{F8E5M2FNUZ, 8, classFloat},
	{I16, 16, classInt},
	{U16, 16, classInt},
	{F16, 16, classFloat},
	{BF16, 16, classFloat},
	{I32, 32, classInt},
	{U32, 32, classInt},
	{F32, 32, classFloat},
	{C64, 64, classOther},
	{F64, 64, classFloat},
	{I64, 64, classInt},
	{U64, 64, classInt},
}

// rank is the position of d in table, -1 for an unknown type.
func (d DType) rank() int {
	for i := range table {
		if table[i].dtype == d {
			return i
		}
	}
	return -1
}

// Known says whether d is one of the 22 types.
func (d DType) Known() bool { return d.rank() >= 0 }

// Bits is the width of one element in bits, 0 for an unknown type. F4 and F6
// are narrower than a byte.
func (d DType) Bits() int {
	if i := d.rank(); i >= 0 {
		return table[i].bits
	}
	return 0
}

// IsFloat says whether d is a real floating-point type, F4 to F64.
func (d DType) IsFloat() bool {
	i := d.rank()
	return i >= 0 && table[i].class == classFloat
}

// IsInt says whether d is an integer type, signed or not. BOOL is not.
func (d DType) IsInt() bool {
	i := d.rank()
	return i >= 0 && table[i].class == classInt
}

// Readable says whether ReadValues and Decode can give the elements as
// float32. It is false for C64, which has two numbers an element, and for
// F6_E2M3 and F6_E3M2: the format gives them 6 bits an element and neither it
// nor the OCP MX specification says in which order the bits lie in a byte.
func (d DType) Readable() bool {
	switch d {
	case C64, F6E2M3, F6E3M2:
		return false
	}
	return d.Known()
}

// DTypes lists the 22 types in the reference's order, narrow ones first.
func DTypes() []DType {
	all := make([]DType, len(table))
	for i := range table {
		all[i] = table[i].dtype
	}
	return all
}
