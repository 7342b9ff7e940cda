package kernel

import "golang.org/x/sys/cpu"

// runs says whether this machine has a tier's instructions.
func runs(t Tier) bool { return t == Portable || t == NEON && cpu.ARM64.HasASIMDDP }

func backendOf(t Tier) backend {
	if t == NEON {
		return newNEON()
	}
	return portable{}
}
