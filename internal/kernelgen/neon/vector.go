package neon

// R is a general register. Go keeps R18, R27, R28, R29 and R30 for itself.
type R uint32

// V is a vector register; the operations see four float32 in it.
type V uint32

// The codes are those of "Arm Architecture Reference Manual for A-profile",
// chapter C7; operands are in its order, the destination first.

func three(code uint32, d, n, m V) uint32 { return code | uint32(m)<<16 | uint32(n)<<5 | uint32(d) }

// FMLA is d += n·m, fused.
func (f *File) FMLA(d, n, m V) {
	f.Word(three(0x4e20cc00, d, n, m), "FMLA V%d.4S, V%d.4S, V%d.4S", d, n, m)
}

// FMLALane is d += n·m[lane], fused.
func (f *File) FMLALane(d, n, m V, lane int) {
	code := three(0x4f801000, d, n, m) | uint32(lane&1)<<21 | uint32(lane>>1)<<11
	f.Word(code, "FMLA V%d.4S, V%d.4S, V%d.S[%d]", d, n, m, lane)
}

// FADD is d = n + m.
func (f *File) FADD(d, n, m V) {
	f.Word(three(0x4e20d400, d, n, m), "FADD V%d.4S, V%d.4S, V%d.4S", d, n, m)
}

// ZIP1 is d = n0 m0 n1 m1.
func (f *File) ZIP1(d, n, m V) {
	f.Word(three(0x4e803800, d, n, m), "ZIP1 V%d.4S, V%d.4S, V%d.4S", d, n, m)
}

// ZIP2 is d = n2 m2 n3 m3.
func (f *File) ZIP2(d, n, m V) {
	f.Word(three(0x4e807800, d, n, m), "ZIP2 V%d.4S, V%d.4S, V%d.4S", d, n, m)
}

// TRN1 is d = n0 m0 n2 m2.
func (f *File) TRN1(d, n, m V) {
	f.Word(three(0x4e802800, d, n, m), "TRN1 V%d.4S, V%d.4S, V%d.4S", d, n, m)
}

// TRN2 is d = n1 m1 n3 m3.
func (f *File) TRN2(d, n, m V) {
	f.Word(three(0x4e806800, d, n, m), "TRN2 V%d.4S, V%d.4S, V%d.4S", d, n, m)
}

// Low is d = n0 n1 m0 m1.
func (f *File) Low(d, n, m V) {
	f.Word(three(0x4ec03800, d, n, m), "ZIP1 V%d.2D, V%d.2D, V%d.2D", d, n, m)
}

// High is d = n2 n3 m2 m3.
func (f *File) High(d, n, m V) {
	f.Word(three(0x4ec07800, d, n, m), "ZIP2 V%d.2D, V%d.2D, V%d.2D", d, n, m)
}

// OR is d = n | m, by bits.
func (f *File) OR(d, n, m V) {
	f.Word(three(0x4ea01c00, d, n, m), "ORR V%d.16B, V%d.16B, V%d.16B", d, n, m)
}

// Zero is d = 0.
func (f *File) Zero(d V) { f.Op("VEOR V%d.B16, V%d.B16, V%d.B16", d, d, d) }

// WidenBF16 widens the lower (or, with high, the upper) four bfloat16 of n.
func (f *File) WidenBF16(d, n V, high bool) {
	if high {
		f.Word(three(0x6e613800, d, n, 0), "SHLL2 V%d.4S, V%d.8H, #16", d, n)
		return
	}
	f.Word(three(0x2e613800, d, n, 0), "SHLL V%d.4S, V%d.4H, #16", d, n)
}

// WidenF16 widens the lower (or, with high, the upper) four binary16 of n.
func (f *File) WidenF16(d, n V, high bool) {
	if high {
		f.Word(three(0x4e217800, d, n, 0), "FCVTL2 V%d.4S, V%d.8H", d, n)
		return
	}
	f.Word(three(0x0e217800, d, n, 0), "FCVTL V%d.4S, V%d.4H", d, n)
}

// Load reads 16 bytes; offset is a multiple of 16 and not negative.
func (f *File) Load(d V, base R, offset int) {
	f.Word(0x3dc00000|uint32(offset/16)<<10|uint32(base)<<5|uint32(d), "LDR Q%d, [X%d, #%d]", d, base, offset)
}

// LoadStep reads 16 bytes and moves base on by step, below 256.
func (f *File) LoadStep(d V, base R, step int) {
	f.Word(0x3cc00400|uint32(step)<<12|uint32(base)<<5|uint32(d), "LDR Q%d, [X%d], #%d", d, base, step)
}

// LoadHalf reads 8 bytes; offset is a multiple of 8.
func (f *File) LoadHalf(d V, base R, offset int) { f.Op("FMOVD %d(R%d), F%d", offset, base, d) }

// LoadOneStep reads 4 bytes and moves base on by them.
func (f *File) LoadOneStep(d V, base R) { f.Op("FMOVS.P 4(R%d), F%d", base, d) }

// Store writes 16 bytes; offset is a multiple of 16 and not negative.
func (f *File) Store(d V, base R, offset int) {
	f.Word(0x3d800000|uint32(offset/16)<<10|uint32(base)<<5|uint32(d), "STR Q%d, [X%d, #%d]", d, base, offset)
}
