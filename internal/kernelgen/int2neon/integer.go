package main

import "github.com/mmtui/mmtui/internal/kernelgen/neon"

// file adds to neon.File the instructions on integers. Their codes are those of
// "Arm Architecture Reference Manual for A-profile", chapter C7.
type file struct{ *neon.File }

type (
	gr = neon.R
	vr = neon.V
)

func (f *file) three(code uint32, name, shape string, d, n, m vr) {
	f.Word(code|uint32(m)<<16|uint32(n)<<5|uint32(d), "%s V%d.%s, V%d.%s, V%d.%s", name, d, shape, n, shape, m, shape)
}

func (f *file) two(code uint32, name, to, from string, d, n vr) {
	f.Word(code|uint32(n)<<5|uint32(d), "%s V%d.%s, V%d.%s", name, d, to, n, from)
}

// sdotLane is d += four products of signed bytes a lane, with one lane of m for all.
func (f *file) sdotLane(d, n, m vr, lane int) {
	code := 0x4f80e000 | uint32(lane&1)<<21 | uint32(lane>>1)<<11 | uint32(m)<<16 | uint32(n)<<5 | uint32(d)
	f.Word(code, "SDOT V%d.4S, V%d.16B, V%d.4B[%d]", d, n, m, lane)
}

// sdot is d += four products of signed bytes a lane.
func (f *file) sdot(d, n, m vr) {
	f.Word(0x4e809400|uint32(m)<<16|uint32(n)<<5|uint32(d), "SDOT V%d.4S, V%d.16B, V%d.16B", d, n, m)
}

func (f *file) and(d, n, m vr) { f.three(0x4e201c00, "AND", "16B", d, n, m) }
func (f *file) eor(d, n, m vr) { f.three(0x6e201c00, "EOR", "16B", d, n, m) }
func (f *file) add(d, n, m vr) { f.three(0x4ea08400, "ADD", "4S", d, n, m) }

// mla is d += n·m.
func (f *file) mla(d, n, m vr)  { f.three(0x4ea09400, "MLA", "4S", d, n, m) }
func (f *file) umax(d, n, m vr) { f.three(0x6ea06400, "UMAX", "4S", d, n, m) }

// ushr shifts bytes down.
func (f *file) ushr(d, n vr, by int) {
	f.Word(0x6f000400|uint32(16-by)<<16|uint32(n)<<5|uint32(d), "USHR V%d.16B, V%d.16B, #%d", d, n, by)
}

// shl shifts words up.
func (f *file) shl(d, n vr, by int) {
	f.Word(0x4f005400|uint32(32+by)<<16|uint32(n)<<5|uint32(d), "SHL V%d.4S, V%d.4S, #%d", d, n, by)
}

// bytes sets all bytes to a constant.
func (f *file) bytes(d vr, c uint32) {
	f.Word(0x4f00e400|c>>5<<16|c&31<<5|uint32(d), "MOVI V%d.16B, #%d", d, c)
}

// wideBytes widens sixteen unsigned bytes of n to words in four registers from d on; d may be n.
func (f *file) wideBytes(d, n vr) {
	f.two(0x6f08a400, "UXTL2", "8H", "16B", d+2, n)
	f.two(0x2f08a400, "UXTL", "8H", "8B", d, n)
	for _, r := range []vr{d, d + 2} {
		f.two(0x6f10a400, "UXTL2", "4S", "8H", r+1, r)
		f.two(0x2f10a400, "UXTL", "4S", "4H", r, r)
	}
}

// wideHalves widens eight signed halves of n to words in d and d+1; d may be n.
func (f *file) wideHalves(d, n vr) {
	f.two(0x4f10a400, "SXTL2", "4S", "8H", d+1, n)
	f.two(0x0f10a400, "SXTL", "4S", "4H", d, n)
}

// across adds up the lanes of n, or takes their unsigned maximum, into all lanes of d.
func (f *file) across(d, n vr, maximum bool) {
	if maximum {
		f.Word(0x6eb0a800|uint32(n)<<5|uint32(d), "UMAXV S%d, V%d.4S", d, n)
	} else {
		f.Word(0x4eb1b800|uint32(n)<<5|uint32(d), "ADDV S%d, V%d.4S", d, n)
	}
	f.two(0x4e040400, "DUP", "4S", "S[0]", d, d)
}

// splat repeats the word at base, which moves on by step.
func (f *file) splat(d vr, base, step gr) {
	f.Word(0x4dc0c800|uint32(step)<<16|uint32(base)<<5|uint32(d), "LD1R {V%d.4S}, [X%d], X%d", d, base, step)
}

// splatHere repeats the word at base.
func (f *file) splatHere(d vr, base gr) {
	f.Word(0x4d40c800|uint32(base)<<5|uint32(d), "LD1R {V%d.4S}, [X%d]", d, base)
}

func (f *file) float(d, n vr)     { f.two(0x4e21d800, "SCVTF", "4S", "4S", d, n) }
func (f *file) nearest(d, n vr)   { f.two(0x4e21a800, "FCVTNS", "4S", "4S", d, n) }
func (f *file) magnitude(d, n vr) { f.two(0x4ea0f800, "FABS", "4S", "4S", d, n) }

// narrow packs four registers of words from n on into the bytes of d, which is none of them.
func (f *file) narrow(d, n vr) {
	for i := range vr(2) {
		f.two(0x0e614800, "SQXTN", "4H", "4S", n+2*i, n+2*i)
		f.two(0x4e614800, "SQXTN2", "8H", "4S", n+2*i, n+2*i+1)
	}
	f.two(0x0e214800, "SQXTN", "8B", "8H", d, n)
	f.two(0x4e214800, "SQXTN2", "16B", "8H", d, n+2)
}
