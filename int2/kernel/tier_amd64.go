package kernel

import "golang.org/x/sys/cpu"

// runs says whether this machine has a tier's instructions.
func runs(t Tier) bool {
	c := &cpu.X86
	vnni := c.HasAVX2 && c.HasAVX512F && c.HasAVX512BW && c.HasAVX512DQ && c.HasAVX512VL && c.HasAVX512VNNI
	switch t {
	case AVX512GFNI:
		return vnni && c.HasAVX512GFNI
	case AVX512VNNI:
		return vnni
	case AVXVNNI:
		return c.HasAVX2 && c.HasAVXVNNI
	case AVX2:
		return c.HasAVX2
	}
	return t == Portable
}

func backendOf(t Tier) backend {
	switch t {
	case AVX512GFNI:
		return newAVX512(AVX512GFNI)
	case AVX512VNNI:
		return newAVX512(AVX512VNNI)
	case AVXVNNI:
		return newAVXVNNI()
	case AVX2:
		return newAVX2()
	}
	return portable{}
}
