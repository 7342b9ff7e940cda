package isa

// Every arm64 has NEON with FMA; Go itself relies on it.
func has(t Tier) bool { return t == Portable || t == NEON }
