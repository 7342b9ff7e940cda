//go:build !amd64 && !arm64

package isa

func has(t Tier) bool { return t == Portable }
