package kernel

// Tier is a set of instructions that the kernels are written for.
type Tier string

// The tiers.
const (
	Portable   Tier = "portable"
	NEON       Tier = "neon-dotprod"
	AVX2       Tier = "avx2"
	AVXVNNI    Tier = "avx-vnni"
	AVX512VNNI Tier = "avx512-vnni"
	AVX512GFNI Tier = "avx512-vnni-gfni"
)

// Tiers lists what this machine can run, the best first and Portable last.
func Tiers() []Tier { return []Tier{Portable} }

// Current is the tier that the machine and the environment choose.
func Current() Tier { return Tiers()[0] }

// Name is the current tier in words for a person, with the reason where it is
// not the one that was asked for or not the machine's best.
func Name() string { return string(Current()) }

func backendOf(Tier) backend { return portable{} }
