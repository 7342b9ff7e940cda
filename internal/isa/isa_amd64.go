package isa

import "golang.org/x/sys/cpu"

func has(t Tier) bool {
	c := &cpu.X86
	avx2 := c.HasAVX2 && c.HasFMA && c.HasF16C
	switch t {
	case AVX2:
		return avx2
	case AVX512:
		return avx2 && c.HasAVX512F && c.HasAVX512BW && c.HasAVX512DQ && c.HasAVX512VL
	}
	return t == Portable
}
