package neon

import "fmt"

// FSUB is d = n − m.
func (f *File) FSUB(d, n, m V) {
	f.Word(three(0x4ea0d400, d, n, m), "FSUB V%d.4S, V%d.4S, V%d.4S", d, n, m)
}

// FMUL is d = n·m.
func (f *File) FMUL(d, n, m V) {
	f.Word(three(0x6e20dc00, d, n, m), "FMUL V%d.4S, V%d.4S, V%d.4S", d, n, m)
}

// FDIV is d = n / m.
func (f *File) FDIV(d, n, m V) {
	f.Word(three(0x6e20fc00, d, n, m), "FDIV V%d.4S, V%d.4S, V%d.4S", d, n, m)
}

// FMAX is d = max(n, m), NaN where one of both is.
func (f *File) FMAX(d, n, m V) {
	f.Word(three(0x4e20f400, d, n, m), "FMAX V%d.4S, V%d.4S, V%d.4S", d, n, m)
}

// FMIN is d = min(n, m), NaN where one of both is.
func (f *File) FMIN(d, n, m V) {
	f.Word(three(0x4ea0f400, d, n, m), "FMIN V%d.4S, V%d.4S, V%d.4S", d, n, m)
}

// FMLS is d −= n·m, fused.
func (f *File) FMLS(d, n, m V) {
	f.Word(three(0x4ea0cc00, d, n, m), "FMLS V%d.4S, V%d.4S, V%d.4S", d, n, m)
}

// SSHR is d = n >> by for signed lanes of 32 bits.
func (f *File) SSHR(d, n V, by int) {
	f.Word(three(0x4f000400|uint32(64-by)<<16, d, n, 0), "SSHR V%d.4S, V%d.4S, #%d", d, n, by)
}

// Table writes constants, each repeated over a vector's four lanes, under the
// local name. It comes after the functions.
func (f *File) Table(name string, constants []uint32) {
	f.text.WriteString("\n")
	for i, c := range constants {
		for half := range 2 {
			fmt.Fprintf(&f.text, "DATA %s<>+%d(SB)/8, $0x%08x%08x\n", name, 16*i+8*half, c, c)
		}
	}
	fmt.Fprintf(&f.text, "GLOBL %s<>(SB), RODATA|NOPTR, $%d\n", name, 16*len(constants))
}
